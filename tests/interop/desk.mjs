// A counter that is not ours, for our own wallet: an issuer by @openid4vc/openid4vci and a verifier by
// @openid4vc/openid4vp. Settings as one JSON line on stdin; its port on stdout; ends when stdin closes.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { Oauth2AuthorizationServer } from '@openid4vc/oauth2'
import { Openid4vciIssuer, setGlobalConfig } from '@openid4vc/openid4vci'
import { calculateX509HashClientIdPrefixValue, Openid4vpVerifier } from '@openid4vc/openid4vp'
import * as jose from 'jose'
import { callbacks, hasher, newKey, saltGenerator } from './crypto.mjs'
import { issue, verify } from './sd_jwt.mjs'

setGlobalConfig({ allowInsecureUrls: true })

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code'
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const settings = JSON.parse((await lines.next()).value) // key, claims, frame, vct, tx_code, x5c, dcql_query, response_mode, jwk

const seen = { events: [], presented: null, problem: null }
const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', async () => {
    const body = Buffer.concat(chunks).toString()
    try {
      const { status = 200, type = 'application/json', content } = await answer(request, body)
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
      response.end(content === undefined ? '' : typeof content === 'string' ? content : JSON.stringify(content))
    } catch (error) {
      seen.problem = String(error.cause?.message ?? error.message)
      const refusal = error.errorResponse ?? { error: 'invalid_request', error_description: String(error.message) }
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify(refusal))
    }
  })
})
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
const base = `http://127.0.0.1:${server.address().port}`
const issuerId = `${base}/o/elsewhere`

// The issuer

const tokenKey = await newKey()
const tools = callbacks([tokenKey.private, settings.request_key].filter(Boolean))
const authorization = new Oauth2AuthorizationServer({ callbacks: tools })
const issuer = new Openid4vciIssuer({ callbacks: tools })
const serverMetadata = authorization.createAuthorizationServerMetadata({
  issuer: issuerId,
  token_endpoint: `${issuerId}/token`,
  grant_types_supported: [PRE_AUTHORIZED],
  'pre-authorized_grant_anonymous_access_supported': true,
})
const credentialIssuer = issuer.createCredentialIssuerMetadata({
  credential_issuer: issuerId,
  credential_endpoint: `${issuerId}/credential`,
  nonce_endpoint: `${issuerId}/nonce`,
  notification_endpoint: `${issuerId}/notification`,
  display: [{ name: 'School Elsewhere', locale: 'nl' }],
  credential_configurations_supported: {
    bewijs: {
      format: 'dc+sd-jwt',
      vct: settings.vct,
      scope: 'bewijs',
      cryptographic_binding_methods_supported: ['jwk'],
      credential_signing_alg_values_supported: ['ES256'],
      proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
      credential_metadata: {},
    },
  },
})
const issuerMetadata = {
  originalDraftVersion: 'V1',
  credentialIssuer,
  authorizationServers: [serverMetadata],
  knownCredentialConfigurations: credentialIssuer.credential_configurations_supported,
}
const code = saltGenerator(24)
const { credentialOffer, credentialOfferObject } = await issuer.createCredentialOffer({
  issuerMetadata,
  credentialConfigurationIds: ['bewijs'],
  grants: {
    [PRE_AUTHORIZED]: {
      'pre-authorized_code': code,
      ...(settings.tx_code ? { tx_code: { input_mode: 'text', length: settings.tx_code.length } } : {}),
    },
  },
  credentialOfferUri: settings.by_value ? undefined : `${issuerId}/offer`,
})
let nonce

async function token(request, body) {
  const parsed = authorization.parseAccessTokenRequest({
    accessTokenRequest: Object.fromEntries(new URLSearchParams(body)),
    request: { method: 'POST', url: serverMetadata.token_endpoint, headers: new Headers(request.headers) },
  })
  await authorization.verifyPreAuthorizedCodeAccessTokenRequest({
    grant: parsed.grant,
    request: { method: 'POST', url: serverMetadata.token_endpoint, headers: new Headers(request.headers) },
    accessTokenRequest: parsed.accessTokenRequest,
    expectedPreAuthorizedCode: code,
    expectedTxCode: settings.tx_code ?? undefined,
    authorizationServerMetadata: serverMetadata,
  })
  return authorization.createAccessTokenResponse({
    audience: issuerId,
    authorizationServer: issuerId,
    expiresInSeconds: 300,
    subject: code,
    signer: { method: 'jwk', alg: 'ES256', publicJwk: tokenKey.public },
  })
}

async function credential(request, body) {
  const bearer = request.headers.authorization ?? ''
  const key = await jose.importJWK(tokenKey.public, 'ES256')
  await jose.jwtVerify(bearer.replace(/^Bearer /, ''), key, { audience: issuerId })
  const parsed = issuer.parseCredentialRequest({ issuerMetadata, credentialRequest: JSON.parse(body) })
  const credentials = []
  for (const jwt of parsed.proofs.jwt) {
    const { signer } = await issuer.verifyCredentialRequestJwtProof({
      issuerMetadata,
      jwt,
      expectedNonce: nonce,
    })
    const claims = { ...settings.claims, iss: issuerId, cnf: { jwk: signer.publicJwk } }
    const made = await issue({ claims, frame: settings.frame, key: settings.key, header: { kid: 'k1' } })
    credentials.push({ credential: made.credential })
  }
  return issuer.createCredentialResponse({
    credentialRequest: parsed,
    credentials,
    notificationId: 'noted',
  })
}

// The verifier

const encryption = await jose.generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true })
const encryptionJwk = { ...(await jose.exportJWK(encryption.publicKey)), use: 'enc', alg: 'ECDH-ES', kid: 'enc-1' }
const verifier = new Openid4vpVerifier({
  callbacks: {
    ...tools,
    decryptJwe: async (jwe) => {
      const { plaintext, protectedHeader } = await jose.compactDecrypt(jwe, encryption.privateKey)
      if (protectedHeader.kid !== 'enc-1') return { decrypted: false }
      return { decrypted: true, decryptionJwk: encryptionJwk, payload: Buffer.from(plaintext).toString() }
    },
    signJwt: async (signer, { header, payload }) => {
      if (signer.method !== 'x5c') return tools.signJwt(signer, { header, payload })
      const key = await jose.importJWK(settings.request_key, 'ES256')
      const jwt = await new jose.SignJWT(payload).setProtectedHeader({ ...header, x5c: signer.x5c }).sign(key)
      return { jwt, signerJwk: settings.request_key }
    },
  },
})

async function makeRequest() {
  if (!settings.x5c) return undefined
  const hash = await calculateX509HashClientIdPrefixValue({ x509Certificate: settings.x5c[0], hash: hasher })
  const encrypted = settings.response_mode === 'direct_post.jwt'
  return verifier.createOpenId4vpAuthorizationRequest({
    scheme: 'openid4vp://',
    authorizationRequestPayload: {
      client_id: settings.san_dns ? `x509_san_dns:${settings.san_dns}` : `x509_hash:${hash}`,
      response_type: 'vp_token',
      response_mode: settings.response_mode,
      response_uri: `${base}/response`,
      nonce: saltGenerator(24),
      state: saltGenerator(16),
      dcql_query: settings.dcql_query,
      client_metadata: {
        client_name: 'Employer Elsewhere',
        vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] } },
        ...(encrypted
          ? { jwks: { keys: [encryptionJwk] }, encrypted_response_enc_values_supported: ['A256GCM'] }
          : {}),
      },
    },
    jar: {
      requestUri: `${base}/request`,
      jwtSigner: { method: 'x5c', alg: 'ES256', x5c: settings.x5c },
      expiresInSeconds: 300,
      additionalJwtPayload: { aud: 'https://self-issued.me/v2' },
    },
  })
}
const request = await makeRequest()

async function take(body) {
  const payload = request.authorizationRequestPayload
  const parsed = await verifier.parseOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload,
    authorizationResponse: Object.fromEntries(new URLSearchParams(body)),
    callbacks: verifier.options.callbacks,
  })
  const presented = {}
  for (const [id, texts] of Object.entries(parsed.dcql.presentations)) {
    const checked = await Promise.all(
      texts.map((credential) =>
        verify({ credential, jwk: settings.jwk, anchors: settings.anchors, nonce: payload.nonce }),
      ),
    )
    for (const one of checked) {
      if (one.key_binding.aud !== payload.client_id) throw new Error('aud of the key binding is another')
    }
    presented[id] = checked.map((one) => one.claims)
  }
  seen.presented = presented
  return {}
}

async function answer(incoming, body) {
  switch (`${incoming.method} ${new URL(incoming.url, base).pathname}`) {
    case 'GET /.well-known/openid-credential-issuer/o/elsewhere':
      return { content: credentialIssuer }
    case 'GET /.well-known/oauth-authorization-server/o/elsewhere':
      return { content: serverMetadata }
    case 'GET /o/elsewhere/offer':
      return { content: credentialOfferObject }
    case 'POST /o/elsewhere/token':
      return { content: await token(incoming, body) }
    case 'POST /o/elsewhere/nonce':
      nonce = saltGenerator(24)
      return { content: issuer.createNonceResponse({ cNonce: nonce }) }
    case 'POST /o/elsewhere/credential':
      return { content: await credential(incoming, body) }
    case 'POST /o/elsewhere/notification':
      seen.events.push(JSON.parse(body))
      return { status: 204 }
    case 'GET /request':
      return { type: 'application/oauth-authz-req+jwt', content: request.jar.authorizationRequestJwt }
    case 'POST /response':
      return { content: await take(body) }
    case 'GET /status/1':
      return { type: 'application/statuslist+jwt', content: settings.status_list }
    case 'GET /seen':
      return { content: seen }
    default:
      return { status: 404, content: {} }
  }
}

const told = { base, issuer: issuerId, offer: credentialOffer, request: request?.authorizationRequest }
process.stdout.write(`${JSON.stringify(told)}\n`)
for await (const line of lines) Object.assign(settings, JSON.parse(line)) // e.g. the status list, once the port is known
server.closeAllConnections()
server.close()
