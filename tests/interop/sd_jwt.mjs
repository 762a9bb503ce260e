// SD-JWT VC by @sd-jwt/sd-jwt-vc: issue as another issuer would, verify as another verifier would, present.
import { SDJwtVcInstance, TypeMetadataFormatSchema } from '@sd-jwt/sd-jwt-vc'
import * as crypto_ from './crypto.mjs'
import { serve } from './commands.mjs'
import { pathToFileURL } from 'node:url'

const header = (compact) => JSON.parse(Buffer.from(compact.split('.')[0], 'base64url').toString())

/** A frame for `present`, from keys such as "units.3" and "kwalificatie.niveau". */
function frameOf(keys) {
  const frame = {}
  for (const key of keys) {
    const parts = key.split('.')
    let place = frame
    for (const part of parts.slice(0, -1)) {
      if (typeof place[part] !== 'object') place[part] = {}
      place = place[part]
    }
    place[parts.at(-1)] ??= true
  }
  return frame
}

/**
 * The claims path of a key. @sd-jwt counts decoys in an array's keys, DCQL does not: "units.5" may be ["units", 0].
 * Holds for arrays whose elements are all disclosable, as ours are.
 */
function pathOf(key, keys) {
  const parts = key.split('.')
  return parts.map((part, place) => {
    if (!/^\d+$/.test(part)) return part
    const prefix = parts.slice(0, place).map((step) => `${step}.`).join('')
    const siblings = new Set(keys.filter((one) => one.startsWith(prefix)).map((one) => Number(one.slice(prefix.length).split('.')[0])))
    return [...siblings].sort((a, b) => a - b).indexOf(Number(part))
  })
}

// a key belongs to a wanted path when one is the beginning of the other: parents come along, and so do children
const matches = (path, wanted) =>
  wanted.slice(0, path.length).every((step, place) => (step === null ? typeof path[place] === 'number' : step === path[place]))

/** Present a held credential: `paths` (as in DCQL; absent: everything) and, with `nonce`, a key binding JWT. */
export async function present({ credential, paths, holder, nonce, audience, issued_at }) {
  const instance = new SDJwtVcInstance({
    hasher: crypto_.hasher,
    kbSigner: holder ? await crypto_.textSigner(holder) : undefined,
    kbSignAlg: 'ES256',
  })
  const keys = await instance.presentableKeys(credential)
  const wanted = paths ? keys.filter((key) => paths.some((path) => matches(pathOf(key, keys), path))) : keys
  const kb = nonce ? { payload: { iat: issued_at ?? Math.floor(Date.now() / 1000), aud: audience, nonce } } : undefined
  return { presentation: await instance.present(credential, frameOf(wanted), kb ? { kb } : undefined) }
}

/** Verify with the leaf of x5c (checked against `anchors`, PEM) or with `jwk`; the status list is fetched. */
export async function verify({ credential, anchors, jwk, nonce, status_list }) {
  const compact = credential.split('~')[0]
  const top = header(compact)
  let key = jwk
  let names
  if (!key) {
    const leaf = crypto_.checkChain(top.x5c, anchors)
    names = crypto_.uriNames(leaf)
    key = crypto_.leafJwk(top.x5c)
  }
  const seen = {}
  const instance = new SDJwtVcInstance({
    hasher: crypto_.hasher,
    verifier: await crypto_.textVerifier(key), // also of the status list: Credo refuses one by another key
    kbVerifier: async (data, signature, payload) => (await crypto_.textVerifier(payload.cnf.jwk))(data, signature),
    statusListFetcher: async (uri) => {
      seen.uri = uri
      if (status_list) return status_list
      const response = await fetch(uri, { headers: { Accept: 'application/statuslist+jwt' } })
      if (!response.ok) throw new Error(`status list: ${response.status}`)
      const type = response.headers.get('content-type') ?? ''
      if (!type.includes('application/statuslist+jwt')) throw new Error(`status list of type ${type}`)
      const token = await response.text()
      seen.header = header(token)
      return token
    },
  })
  const { payload, kb } = await instance.verify(credential, nonce ? { keyBindingNonce: nonce } : undefined)
  if (names && !names.includes(payload.iss)) throw new Error(`the leaf names ${names}, the credential ${payload.iss}`)
  return { claims: payload, header: top, key_binding: kb?.payload, status_list: seen }
}

/** Issue as a foreign issuer. `frame`: disclosure frame of @sd-jwt; `header`: e.g. kid or x5c. */
export async function issue({ claims, frame, key, header: extra }) {
  const instance = new SDJwtVcInstance({
    hasher: crypto_.hasher,
    hashAlg: 'sha-256',
    saltGenerator: crypto_.saltGenerator,
    signer: await crypto_.textSigner(key),
    signAlg: 'ES256',
  })
  return { credential: await instance.issue(claims, frame, { header: extra }) }
}

/** Does the library accept this SD-JWT VC type metadata? */
export async function type_metadata({ document }) {
  return { parsed: TypeMetadataFormatSchema.parse(document) }
}

const new_key = async () => crypto_.newKey()

if (import.meta.url === pathToFileURL(process.argv[1]).href) await serve({ issue, verify, present, type_metadata, new_key })
