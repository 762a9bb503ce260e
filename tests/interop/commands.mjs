// One command as JSON on stdin, one answer as JSON on stdout: {"ok": true, …} or {"ok": false, "error": {…}}.
import { text } from 'node:stream/consumers'

/** Run the command that stdin names. A refusal by a foreign library is an answer, not a crash. */
export async function serve(commands) {
  const { command, ...input } = JSON.parse(await text(process.stdin))
  let answer
  try {
    if (!Object.hasOwn(commands, command)) throw new Error(`no command ${command}`)
    answer = { ok: true, ...(await commands[command](input)) }
  } catch (error) {
    answer = { ok: false, error: describe(error) }
  }
  process.stdout.write(JSON.stringify(answer))
}

function describe(error) {
  return {
    name: error.constructor?.name ?? 'Error',
    message: String(error.message ?? error),
    status: error.response?.status ?? error.response?.response?.status,
    body: error.textResponse ?? error.response?.credentialErrorResponseResult?.data ?? error.errorResponse,
    cause: error.cause ? String(error.cause.message ?? error.cause) : undefined,
    stack: process.env.INTEROP_DEBUG ? error.stack : undefined,
  }
}
