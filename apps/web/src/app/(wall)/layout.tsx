import type { ReactNode } from 'react';
import { Wall } from '#frame/wall.tsx';

export default function WallLayout({ children }: { children: ReactNode }) {
  return <Wall>{children}</Wall>;
}
