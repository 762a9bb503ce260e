// The cryptography that the foreign libraries leave to their user: jose and node's own crypto, nothing of ours.
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import * as jose from 'jose'

export const hasher = (data, alg = 'sha-256') =>
  new Uint8Array(createHash(alg.replace('-', '').toLowerCase()).update(typeof data === 'string' ? data : new Uint8Array(data)).digest())

export const saltGenerator = (length = 16) => randomBytes(length).toString('base64url')

export async function newKey() {
  const { privateKey, publicKey } = await jose.generateKeyPair('ES256', { extractable: true })
  return { private: await jose.exportJWK(privateKey), public: await jose.exportJWK(publicKey) }
}

export const publicPart = ({ d: _, ...jwk }) => jwk

/** Return a function that signs text with a private JWK and answers the base64url signature. */
export async function textSigner(jwk) {
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: jwk.crv }, false, ['sign'])
  return async (data) =>
    Buffer.from(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(data))).toString('base64url')
}

/** Return a function that says whether a base64url signature over text was made with this public JWK. */
export async function textVerifier(jwk) {
  const key = await crypto.subtle.importKey('jwk', publicPart(jwk), { name: 'ECDSA', namedCurve: jwk.crv }, false, ['verify'])
  return async (data, signature) =>
    crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(signature, 'base64url'), Buffer.from(data))
}

export const certificate = (base64) => new X509Certificate(Buffer.from(base64, 'base64'))

const namesOf = (cert, kind) =>
  (cert.subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith(`${kind}:`))
    .map((name) => name.slice(kind.length + 1))

export const uriNames = (cert) => namesOf(cert, 'URI')
export const dnsNames = (cert) => namesOf(cert, 'DNS')

/** Check that each certificate signed the one before it and that an anchor (PEM) signed the last. */
export function checkChain(x5c, anchors) {
  const chain = x5c.map(certificate)
  const now = new Date()
  for (const cert of chain) {
    if (now < new Date(cert.validFrom) || now > new Date(cert.validTo)) throw new Error('a certificate is not valid now')
  }
  chain.slice(0, -1).forEach((cert, place) => {
    if (!cert.verify(chain[place + 1].publicKey)) throw new Error(`certificate ${place} is not signed by the next`)
  })
  const last = chain.at(-1)
  const anchored = anchors.map((pem) => new X509Certificate(pem)).some((anchor) => last.verify(anchor.publicKey))
  if (!anchored) throw new Error('the chain ends at no anchor')
  return chain[0]
}

export const leafJwk = (x5c) => certificate(x5c[0]).publicKey.export({ format: 'jwk' })

/** The callbacks that @openid4vc asks for, for a wallet that holds these private JWKs. */
export function callbacks(keys = []) {
  const privateFor = (jwk) => {
    const found = keys.find((key) => key.x === jwk.x && key.y === jwk.y)
    if (!found) throw new Error('the wallet does not hold that key')
    return found
  }
  return {
    fetch,
    hash: (data, alg) => hasher(data, alg),
    generateRandom: (length) => new Uint8Array(randomBytes(length)),
    clientAuthentication: () => {},
    signJwt: async (signer, { header, payload }) => {
      const jwk = privateFor(signer.publicJwk)
      const key = await jose.importJWK(jwk, signer.alg)
      return { jwt: await new jose.SignJWT(payload).setProtectedHeader(header).sign(key), signerJwk: publicPart(jwk) }
    },
    verifyJwt: async (signer, { compact }) => {
      const signerJwk = signer.method === 'x5c' ? leafJwk(signer.x5c) : signer.publicJwk
      if (!signerJwk) return { verified: false }
      try {
        await jose.compactVerify(compact, await jose.importJWK(signerJwk, signer.alg), { algorithms: ['ES256'] })
        return { verified: true, signerJwk }
      } catch {
        return { verified: false, signerJwk }
      }
    },
    encryptJwe: async (encryptor, data) => {
      const encrypt = new jose.CompactEncrypt(Buffer.from(data)).setProtectedHeader({
        alg: encryptor.alg,
        enc: encryptor.enc,
        kid: encryptor.publicJwk.kid,
        ...(encryptor.apv ? { apv: encryptor.apv } : {}),
      })
      const key = await jose.importJWK(encryptor.publicJwk, encryptor.alg)
      return { jwe: await encrypt.encrypt(key), encryptionJwk: encryptor.publicJwk }
    },
    decryptJwe: async () => ({ decrypted: false }),
    getX509CertificateMetadata: (base64) => ({
      sanDnsNames: dnsNames(certificate(base64)),
      sanUriNames: uriNames(certificate(base64)),
    }),
  }
}
