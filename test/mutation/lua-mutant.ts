/** A bug of the Lua scripts, and the test that has to find it. */
export interface LuaMutant {
  /** In `src/store/redis/lua`. */
  file: string;
  /** A text that the file contains exactly once. */
  find: string;
  replace: string;
  /** The invariant that it breaks. */
  why: string;
  /** The test file that finds it, in `test/`. */
  test: string;
  /** A pattern of the names of the tests to run in it; all without it. */
  only?: string;
  /** Whether the suite runs it, too. */
  isQuick?: true;
}
