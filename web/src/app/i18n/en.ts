import frame from "./frame.en";
import pages from "./pages.en";

/** Everything the product says in English. */
const en = { ...frame, ...pages } as const;
export default en;
