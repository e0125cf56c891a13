import type { Metadata, Viewport } from 'next';
import localFont from 'next/font/local';
import type { ReactNode } from 'react';
import { PageTurner } from '#frame/page-turner.tsx';
import { currentTheme } from '#server/request.ts';
import { storefront } from '#server/storefront.ts';
import './globals.css';

const hostGrotesk = localFont({
  src: './fonts/host-grotesk.woff2',
  weight: '300 800',
  display: 'swap',
  variable: '--font-host-grotesk',
});
const martianMono = localFont({
  src: './fonts/martian-mono.woff2',
  weight: '100 800',
  display: 'swap',
  variable: '--font-martian-mono',
  // Keys and edition numbers only, so it may come late.
  preload: false,
  declarations: [{ prop: 'font-stretch', value: '75% 112.5%' }],
});

export function generateMetadata(): Metadata {
  return {
    // Read when it runs: one build serves every address.
    metadataBase: new URL(storefront().env.publicUrl),
    title: { default: 'Once', template: '%s · Once' },
    description: 'Numbered generative prints. Each number is sold once.',
    openGraph: {
      type: 'website',
      siteName: 'Once',
      images: [{ url: '/card.png', width: 1200, height: 630, alt: 'Four numbered prints on a grey wall' }],
    },
    twitter: { card: 'summary_large_image' },
  };
}

export const viewport: Viewport = { colorScheme: 'light dark' };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = await currentTheme();
  return (
    <html lang="en" data-theme={theme} className={`${hostGrotesk.variable} ${martianMono.variable}`}>
      <body>
        {children}
        <PageTurner />
      </body>
    </html>
  );
}
