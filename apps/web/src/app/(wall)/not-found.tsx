import type { Metadata } from 'next';
import { NoSuchPage } from '#frame/no-such-page.tsx';

export const metadata: Metadata = { title: 'Not found' };

export default NoSuchPage;
