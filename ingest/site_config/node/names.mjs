// What the loader, its hooks (on a thread of their own) and the stand-ins have to agree upon.

/** The query parameter by which our hooks know the modules of the configuration. */
export const QUERY = 'fingerpost';

/** The key of the global function that makes a stand-in; generated modules call it. */
export const STAND_IN = 'fingerpost.stand-in';

/** What may be left off a file's name, in the order of trying. */
export const EXTENSIONS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json'];

/** Error codes of Node for a module that is not there. */
export const NOT_THERE = new Set([
  'MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_UNSUPPORTED_DIR_IMPORT',
]);
