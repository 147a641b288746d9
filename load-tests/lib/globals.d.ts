/** k6 has a console. Its types expect the one of the DOM types. */
declare const console: { log(text: string): void; warn(text: string): void; error(text: string): void };
