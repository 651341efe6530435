/** Fenced blocks of a document, and the command lines in them. Runs none. */

/** A line to type, and the exit code that its comment promises (`  # exit 2`); 0 without one. */
export interface TypedLine {
  readonly line: string;
  readonly exitCode: number;
}

/** The contents of all fenced blocks of a language, those in lists without their indentation. */
export function blocksOf(markdown: string, language: string): string[] {
  const fence = new RegExp(`^( *)\`\`\`${language}\n(.*?)^\\1\`\`\`$`, 'gms');
  return [...markdown.matchAll(fence)].map(([, indent = '', text = '']) =>
    text.replace(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** The languages of all fenced blocks, in order. */
export function languagesOf(markdown: string): string[] {
  const fences = [...markdown.matchAll(/^ *```(\w*)$/gm)].map(([, language = '']) => language);
  return fences.filter((_, index) => index % 2 === 0);
}

/** Every command line of the shell blocks, in order. */
export function typedLines(markdown: string): TypedLine[] {
  const lines = blocksOf(markdown, 'sh').flatMap((block) => block.split('\n').filter((line) => line !== ''));
  return lines.map((text) => {
    const [line = '', comment = 'exit 0'] = text.split('  # ');
    return { line, exitCode: Number(/^exit (\d+)$/.exec(comment)?.[1]) };
  });
}
