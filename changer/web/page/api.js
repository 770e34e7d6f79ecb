// Documents of the server.

import { tokenHeaders } from "./token.js";

const LIMIT_SECONDS = 10;

/** The server answered, and not with a document. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** A document, and when it was served, by the server's clock, in milliseconds (NaN: not known). */
export async function get(name, parameters = {}) {
  const chosen = Object.entries(parameters).filter(([, value]) => value !== null);
  const query = new URLSearchParams(chosen).toString();
  const reply = await fetch(`/api/v1/${name}${query && `?${query}`}`, {
    cache: "no-cache",
    headers: tokenHeaders(),
    signal: AbortSignal.timeout(LIMIT_SECONDS * 1000),
  });
  if (!reply.ok) throw await refusal(reply);
  return { document: await reply.json(), servedAt: Date.parse(reply.headers.get("Date") ?? "") };
}

async function refusal(reply) {
  const text = await reply.text().catch(() => "");
  let message = `the server refuses: ${reply.status} ${reply.statusText}`;
  try {
    message = JSON.parse(text).error.message ?? message;
  } catch {
    // Not a document: the status says it.
  }
  return new Refused(message, reply.status);
}
