// What is wrong with the server, out of the answer of /api/v1/status.

// [{ message, hint, isError }], the gravest first.
export function problemsOf(status) {
  const { journal, warnings = [] } = status;
  const found = [];
  const add = (isError, message, hint = "") => message && !found.some((each) => each.message === message) && found.push({ isError, message, hint });
  if (journal?.writeError) add(true, `The journal cannot be written: ${journal.writeError}`, "Telemetry is refused until it can; is the disk full?");
  if (journal?.storeError) add(true, `The store takes nothing in: ${journal.storeError}`, "What was accepted waits in the journal, and nothing is lost.");
  for (const each of warnings) add(false, each.message, each.hint);
  return found;
}

export function sum(counts = {}) {
  return Object.values(counts).reduce((total, each) => total + each, 0);
}
