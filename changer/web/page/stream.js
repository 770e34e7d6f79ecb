// Server-sent events, read with fetch: EventSource does not show comments, and so not a connection that died silently.

import { tokenHeaders } from "./token.js";

/** Longer than the server's longest silence. */
const SILENCE_SECONDS = 40;

/**
 * Read a stream until it ends, fails, is silent for too long, or signal ends it.
 *
 * onOpen is called with its first bytes; onMessage with the name and the data of each event.
 */
export async function readStream(url, { signal, onOpen, onMessage }) {
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  let timer;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_SECONDS * 1000);
  };
  heard();
  try {
    const headers = { Accept: "text/event-stream", ...tokenHeaders() };
    const reply = await fetch(url, { signal: either, cache: "no-store", headers });
    if (!reply.ok) throw new Error(`status ${reply.status}`);
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let first = true; ; first = false) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      if (first) onOpen();
      const parts = (text + value.replaceAll("\r", "")).split("\n\n");
      text = parts.pop();
      for (const part of parts) parse(part, onMessage);
    }
  } finally {
    clearTimeout(timer);
  }
}

function parse(text, onMessage) {
  let name = "message";
  const data = [];
  for (const line of text.split("\n")) {
    const [, field, value] = /^(\w*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }
  if (data.length) onMessage(name, data.join("\n"));
}
