/** A kernel's accounts in memory: one user, one password, tokens and a cookie that are numbers. */

export class FakeAccounts {
  hasAccounts = true;
  isReachable = true;
  user = { id: "ada", name: "Ada", email: "ada@example.org" };
  /** The browser's cookie; each is good once. */
  cookie = 0;
  token = "";
  refreshes = 0;
  #good = 1;

  endToken(): void {
    this.token = `over-${this.#good}`;
  }

  endLogin(): void {
    this.endToken();
    this.cookie = 0;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    if (!this.isReachable) throw new TypeError("Failed to fetch");
    const request = new Request(new URL(String(input), "http://kernel"), init);
    switch (new URL(request.url).pathname) {
      case "/api/auth/login":
        return this.logIn(((await request.json()) as { password: string }).password);
      case "/api/auth/refresh":
        return this.refresh(request);
      case "/api/auth/logout":
        this.cookie = 0;
        return this.ifKnown(request, new Response(null, { status: 204 }));
      case "/api/auth/me": {
        const user = this.hasAccounts ? this.user : { name: "Somebody" };
        return this.ifKnown(request, Response.json({ user, workspaces: [], scopes: [] }));
      }
      default:
        return this.ifKnown(request, Response.json({ ticket: "ticket" }));
    }
  };

  private logIn(password: string): Response {
    return password === "wrong" ? refusal() : this.loggedIn();
  }

  private refresh(request: Request): Response {
    this.refreshes += 1;
    const isGood = this.cookie === this.#good && request.headers.has("Nexus-CSRF");
    return isGood ? this.loggedIn() : refusal();
  }

  private loggedIn(): Response {
    this.#good += 1;
    this.cookie = this.#good;
    this.token = `token-${this.#good}`;
    return Response.json({ accessToken: this.token, expiresIn: 600, user: this.user });
  }

  private ifKnown(request: Request, answer: Response): Response {
    const isKnown = request.headers.get("Authorization") === `Bearer ${this.token}`;
    return isKnown || !this.hasAccounts ? answer : refusal();
  }
}

const refusal = (): Response =>
  Response.json({ error: { code: "UNAUTHENTICATED", message: "Sign in." } }, { status: 401 });
