'use client';
import { PageFailed } from '#frame/page-failed.tsx';
import './globals.css';

/** When even the frame failed: it brings its own document. */
export default function GlobalError({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Something failed · Once</title>
        <main>
          <div className="page">
            <PageFailed error={error} retry={retry} />
          </div>
        </main>
      </body>
    </html>
  );
}
