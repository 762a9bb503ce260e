// @sd-jwt/sd-jwt-vc takes its turns: a line of JSON asks for one, the answer is the CPU seconds of one run.
// "documented": asynchronous WebCrypto, as in its documentation; "fast": keys kept, synchronous node:crypto.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(new URL('../interop/package.json', import.meta.url))
const { SDJwtVcInstance } = require('@sd-jwt/sd-jwt-vc')

const SLICE = 0.03
const publicPart = ({ d: _, ...jwk }) => jwk
const options = (key) => ({ key, dsaEncoding: 'ieee-p1363' })

function fastSigner(jwk) {
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return (data) => sign('sha256', Buffer.from(data), options(key)).toString('base64url')
}

function fastVerifier(jwk) {
  const key = createPublicKey({ key: publicPart(jwk), format: 'jwk' })
  return (data, signature) => verify('sha256', Buffer.from(data), options(key), Buffer.from(signature, 'base64url'))
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const HASH = { name: 'ECDSA', hash: 'SHA-256' }

async function documentedSigner(jwk) {
  const key = await crypto.subtle.importKey('jwk', jwk, CURVE, false, ['sign'])
  return async (data) => Buffer.from(await crypto.subtle.sign(HASH, key, Buffer.from(data))).toString('base64url')
}

async function documentedVerifier(jwk) {
  const key = await crypto.subtle.importKey('jwk', publicPart(jwk), CURVE, false, ['verify'])
  return (data, signature) => crypto.subtle.verify(HASH, key, Buffer.from(signature, 'base64url'), Buffer.from(data))
}

const saltGenerator = (length = 16) => randomBytes(length).toString('base64url')
const fastHasher = (data) => createHash('sha256').update(typeof data === 'string' ? data : new Uint8Array(data)).digest()
const documentedHasher = async (data) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', typeof data === 'string' ? new TextEncoder().encode(data) : data))

async function instances({ issuer, holder }) {
  const shared = { hashAlg: 'sha-256', saltGenerator, signAlg: 'ES256', kbSignAlg: 'ES256' }
  return {
    fast: new SDJwtVcInstance({
      ...shared, hasher: fastHasher, signer: fastSigner(issuer), verifier: fastVerifier(issuer),
      kbSigner: fastSigner(holder), kbVerifier: (data, signature, payload) => fastVerifier(payload.cnf.jwk)(data, signature),
    }),
    documented: new SDJwtVcInstance({
      ...shared, hasher: documentedHasher, signer: await documentedSigner(issuer), verifier: await documentedVerifier(issuer),
      kbSigner: await documentedSigner(holder),
      kbVerifier: async (data, signature, payload) => (await documentedVerifier(payload.cnf.jwk))(data, signature),
    }),
  }
}

function ways(instance, { claims, frame, show, nonce, audience }) {
  const iat = () => Math.floor(Date.now() / 1000)
  const issue = () => instance.issue(claims, frame, { header: { kid: 'k1' } })
  const present = (text) => instance.present(text, show, { kb: { payload: { iat: iat(), aud: audience, nonce } } })
  const check = (text) => instance.verify(text, { keyBindingNonce: nonce })
  return {
    issue: { prepare: () => undefined, run: issue },
    present: { prepare: issue, run: present },
    verify: { prepare: async () => present(await issue()), run: check },
  }
}

const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6 }

async function turn({ prepare, run }, runs) {
  const inputs = []
  for (let at = 0; at < runs; at++) inputs.push(await prepare())
  const begin = cpu()
  for (const one of inputs) await run(one)
  return (cpu() - begin) / runs
}

let made
let settings
const known = new Map()

async function answer(asked) {
  if (asked.claims) {
    settings = asked
    made = await instances(asked)
    const sample = await ways(made.fast, asked).verify.prepare()
    if (sample.split('~').length !== 17) throw new Error(`not 15 disclosures: ${sample.split('~').length - 2}`)
    return {}
  }
  const name = `${asked.what} ${asked.way}`
  if (!known.has(name)) {
    const one = ways(made[asked.way], settings)[asked.what]
    await turn(one, 300) // let the compiler see it
    known.set(name, { one, runs: Math.max(10, Math.round(SLICE / (await turn(one, 60)))) })
  }
  const { one, runs } = known.get(name)
  return { seconds: await turn(one, runs) }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await answer(JSON.parse(line))))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error?.stack ?? error) }))
  }
}
