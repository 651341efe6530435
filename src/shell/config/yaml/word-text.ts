/** Writes a text so that YAML reads it as that text. */

/** As it stands where YAML cannot mistake it for anything else, else in double quotes (JSON strings are YAML). */
export function wordText(text: string): string {
  const isPlain =
    /^[A-Za-z][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
