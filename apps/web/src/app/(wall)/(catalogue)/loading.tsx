import { CatalogueIntro } from '#catalogue/catalogue-intro.tsx';

const SHEETS = [
  'aspect-3/4',
  'aspect-3/4',
  'aspect-square',
  'aspect-3/4',
  'aspect-4/3',
  'aspect-square',
  'aspect-3/4',
  'aspect-4/3',
];

export default function CatalogueLoading() {
  return (
    <>
      <CatalogueIntro />
      <output className="block border-rule border-t pt-4 pb-7 text-ink-2 text-small">Loading prints</output>
      <div className="hang" aria-hidden="true">
        {SHEETS.map((sheet, index) => (
          <div className="work" key={index}>
            <div className="wallspace">
              <div className={`bone w-full ${sheet}`} />
            </div>
            <div className="grid gap-2">
              <div className="bone h-4 w-3/5" />
              <div className="bone h-3 w-2/5" />
              <div className="bone h-2" />
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
