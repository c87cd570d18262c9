/** The server's event stream, as a browser opens it: for tests, which say what it tells. */
export class TestStream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: TestStream[] = [];
  readyState = 1;
  onerror: (() => void) | null = null;

  constructor(readonly url: string) {
    super();
    TestStream.opened.push(this);
  }

  close(): void {
    this.readyState = TestStream.CLOSED;
  }

  tell(topic: string, news: unknown = {}): void {
    this.dispatchEvent(new MessageEvent(topic, { data: JSON.stringify(news) }));
  }
}
