/** k6 has one; its types leave it to those of a browser. */
declare const console: { log(text: string): void; warn(text: string): void; error(text: string): void };
