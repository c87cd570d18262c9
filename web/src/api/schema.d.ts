// biome-ignore-all lint/suspicious/noExplicitAny: replaced by `npm run generate`.
export type paths = any;
export type components = any;
