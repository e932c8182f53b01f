/** Variables by their names, such as `process.env`; without Node's types, which a page does not have. */
export type Environment = Readonly<Record<string, string | undefined>>
