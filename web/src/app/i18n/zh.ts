import frame from "./frame.zh";
import pages from "./pages.zh";

/** Everything the product says in Chinese. Its shape is the shape of every language. */
const zh = { ...frame, ...pages } as const;
export default zh;
