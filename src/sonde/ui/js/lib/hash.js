// A number for a text, the same each time: 32 bits of FNV-1a, over its UTF-16 units.

export function hashOf(text) {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  return hash >>> 0;
}

// A short name for the address of what has a long one.
export function shortId(text) {
  return hashOf(text).toString(36);
}
