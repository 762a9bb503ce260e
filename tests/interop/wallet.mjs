// A wallet that is not ours: @openid4vc/openid4vci takes a credential, @openid4vc/openid4vp answers a verifier.
import { Openid4vciClient, setGlobalConfig } from '@openid4vc/openid4vci'
import { Openid4vpClient } from '@openid4vc/openid4vp'
import { callbacks, checkChain, newKey, publicPart } from './crypto.mjs'
import { serve } from './commands.mjs'
import { present } from './sd_jwt.mjs'

setGlobalConfig({ allowInsecureUrls: true }) // http on loopback, in tests only

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code'

/** Take what an offer offers. `proofs`: how many keys; `form`: "proofs" (1.0) or "proof" (older wallets); `dpop`. */
async function receive({ offer, tx_code, proofs = 1, event = 'credential_accepted', dpop = false, reuse }) {
  const keys = await Promise.all(Array.from({ length: proofs }, newKey))
  const dpopKey = await newKey()
  const client = new Openid4vciClient({ callbacks: callbacks([...keys, dpopKey].map((key) => key.private)) })

  const credentialOffer = await client.resolveCredentialOffer(offer)
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
  const announced = issuerMetadata.authorizationServers[0].dpop_signing_alg_values_supported
  const { accessTokenResponse, dpop: bound } = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    txCode: tx_code,
    dpop: dpop && announced ? { signer: { method: 'jwk', alg: 'ES256', publicJwk: dpopKey.public } } : undefined,
  })
  const accessToken = accessTokenResponse.access_token
  const nonce = await client.requestNonce({ issuerMetadata })

  const credentialConfigurationId = credentialOffer.credential_configuration_ids[0]
  const jwts = await Promise.all(
    keys.map(async (key) => {
      const signer = { method: 'jwk', alg: 'ES256', publicJwk: key.public }
      const { jwt } = await client.createCredentialRequestJwtProof({
        issuerMetadata,
        credentialConfigurationId,
        signer,
        nonce: nonce.c_nonce,
        issuedAt: new Date(),
      })
      return jwt
    }),
  )
  const request = { issuerMetadata, accessToken, credentialConfigurationId, proofs: { jwt: jwts }, dpop: bound }
  const { credentialResponse } = await client.retrieveCredentials(request)
  const again = reuse ? await refused(client.retrieveCredentials(request)) : undefined
  if (credentialResponse.notification_id && event) {
    await client.sendNotification({
      issuerMetadata,
      accessToken,
      notification: { notificationId: credentialResponse.notification_id, event },
      dpop: bound,
    })
  }
  return {
    offer: credentialOffer,
    asks_tx_code: credentialOffer.grants[PRE_AUTHORIZED].tx_code,
    version: issuerMetadata.originalDraftVersion,
    configurations: Object.keys(issuerMetadata.knownCredentialConfigurations),
    response: credentialResponse,
    credentials: credentialResponse.credentials.map((entry) => entry.credential),
    holders: keys.map((key) => key.private),
    dpop: Boolean(bound),
    again,
  }
}

async function refused(promise) {
  try {
    await promise
    return null
  } catch (error) {
    return error.response?.credentialErrorResponseResult?.data ?? { error: error.message }
  }
}

/** Read a verifier's request without answering it. `method`: force request_uri_method. */
async function resolve({ request, method, anchors, wallet_metadata }) {
  const client = new Openid4vpClient({ callbacks: callbacks() })
  const url = new URL(request)
  if (method) url.searchParams.set('request_uri_method', method)
  if (method === 'get') url.searchParams.delete('request_uri_method')
  const { params } = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: url.toString() })
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: params,
    wallet: wallet_metadata ? { metadata: wallet_metadata } : undefined,
  })
  if (anchors && resolved.jar) checkChain(resolved.jar.signer.x5c, anchors)
  return {
    payload: resolved.authorizationRequestPayload,
    client: { prefix: resolved.client.prefix, effective: resolved.client.effective },
    version: resolved.version,
    header: resolved.jar?.jwt.header,
    query: resolved.dcql?.query,
  }
}

/** The claims of the first claim set that the credential can satisfy, or all claims of the query. */
function pathsOf(query, claims) {
  if (!query.claims) return []
  if (!query.claim_sets) return query.claims.map((claim) => claim.path)
  const byId = Object.fromEntries(query.claims.map((claim) => [claim.id, claim.path]))
  const set = query.claim_sets.find((ids) => ids.every((id) => Object.hasOwn(claims, byId[id][0])))
  if (!set) throw new Error(`nothing held satisfies ${query.id}`)
  return set.map((id) => byId[id])
}

/** Answer a request with held credentials: [{credential, holder, claims}]. The switches make a wallet that misbehaves. */
async function answer({ request, method, anchors, held, all = false, nonce, audience, issued_at, signer }) {
  const { payload, client: asker, query } = await resolve({ request, method, anchors })
  const vpToken = {}
  for (const asked of query.credentials) {
    const found = held.filter((entry) => asked.meta.vct_values.includes(entry.claims.vct))
    if (!found.length) continue
    const chosen = asked.multiple ? found : found.slice(0, 1)
    vpToken[asked.id] = await Promise.all(
      chosen.map(async (entry) => {
        const { presentation } = await present({
          credential: entry.credential,
          paths: all ? undefined : pathsOf(asked, entry.claims),
          holder: signer ?? entry.holder,
          nonce: nonce ?? payload.nonce,
          audience: audience ?? asker.effective,
          issued_at,
        })
        return presentation
      }),
    )
  }
  return submit({ payload, response: { vp_token: vpToken }, vpToken })
}

/** Send an error response, as a wallet does whose holder says no. */
async function decline({ request, error = 'access_denied' }) {
  const { payload } = await resolve({ request })
  const body = new URLSearchParams({ error, ...(payload.state ? { state: payload.state } : {}) })
  const response = await fetch(payload.response_uri, { method: 'POST', body })
  return { status: response.status, body: await response.text() }
}

async function submit({ payload, response, vpToken }) {
  const client = new Openid4vpClient({ callbacks: callbacks() })
  const encrypted = payload.response_mode === 'direct_post.jwt'
  const created = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload,
    authorizationResponsePayload: response,
    jarm: encrypted
      ? {
          encryption: { nonce: undefined },
          serverMetadata: {
            authorization_signing_alg_values_supported: [],
            authorization_encryption_alg_values_supported: ['ECDH-ES'],
            authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM'],
          },
        }
      : undefined,
  })
  const sent = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload,
    authorizationResponsePayload: created.authorizationResponsePayload,
    jarm: created.jarm,
  })
  const text = await sent.response.text()
  return {
    mode: sent.responseMode,
    status: sent.response.status,
    type: sent.response.headers.get('content-type'),
    body: text.startsWith('{') ? JSON.parse(text) : text,
    vp_token: vpToken,
    encryption_key: created.jarm ? publicPart(created.jarm.encryptionJwk) : undefined,
  }
}

await serve({ receive, resolve, answer, decline })
