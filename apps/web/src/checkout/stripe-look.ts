import type { Appearance } from '@stripe/stripe-js';

/**
 * The shop's colours as they are in the theme of the moment. Stripe draws in a frame of its own, where our variables mean
 * nothing, and reads plain colours only: neither `light-dark()` nor `oklch()`.
 */
export function stripeLook(place: HTMLElement): Appearance {
  const colour = (name: string) => plainColour(place, `var(--color-${name})`);
  const ink = colour('ink');
  return {
    theme: 'flat',
    variables: {
      colorPrimary: ink,
      colorText: ink,
      colorTextSecondary: colour('ink-2'),
      colorTextPlaceholder: colour('ink-3'),
      colorBackground: colour('sheet'),
      colorDanger: colour('care'),
      borderRadius: '4px',
      fontFamily: 'ui-sans-serif, system-ui, sans-serif',
      fontSizeBase: '16px',
    },
    rules: {
      '.Input': { border: `1px solid ${colour('edge')}` },
      '.AccordionItem': { border: `1px solid ${colour('edge')}`, boxShadow: 'none' },
    },
  };
}

function plainColour(place: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  place.after(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext('2d');
  if (!context) return found;
  context.fillStyle = found;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}
