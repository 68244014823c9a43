// The `sonde` command that shows what a page shows, to copy.

// command("query", q, { "--since": "1h" }) -> `sonde query 'status:error' --since 1h`
export function command(name, words = [], options = {}) {
  const given = Object.entries(options).filter(([, value]) => value !== "" && value !== undefined && value !== null && value !== false);
  const flags = given.flatMap(([flag, value]) => (value === true ? [flag] : [flag, quoted(String(value))]));
  const searched = [words].flat().filter(Boolean);
  // What begins like an option is told apart from one.
  const rest = searched.some((each) => each.startsWith("-")) ? [...flags, "--", ...searched.map(quoted)] : [...searched.map(quoted), ...flags];
  return ["sonde", ...name.split(" "), ...rest].join(" ");
}

// The range of a page as options; moments as ISO 8601.
export function rangeOptions({ since, until }) {
  return { "--since": moment(since), "--until": moment(until) };
}

function moment(text) {
  return /^\d{12,14}$/.test(text) ? new Date(Number(text)).toISOString() : text;
}

function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
