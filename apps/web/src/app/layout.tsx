import type { Metadata, Viewport } from 'next';
import localFont from 'next/font/local';
import type { ReactNode } from 'react';
import { currentTheme } from '#server/request.ts';
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

export const metadata: Metadata = {
  title: { default: 'Once', template: '%s · Once' },
  description: 'Numbered generative prints. Each number is sold once.',
};

export const viewport: Viewport = { colorScheme: 'light dark' };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = await currentTheme();
  return (
    <html lang="en" data-theme={theme} className={`${hostGrotesk.variable} ${martianMono.variable}`}>
      <body>{children}</body>
    </html>
  );
}
