import type { HttpResponse } from '../../src/observe/protocols/http.ts';

/** What came of a GET: `at` is where own redirects led to. */
export interface Got {
  readonly at: string;
  readonly response: HttpResponse;
}

/** GETs with one identity, by a header or a cookie; redirects on this very service are followed. */
export interface Session {
  get(path: string): Promise<Got>;
}
