export function CatalogueIntro() {
  return (
    <div className="grid gap-4 pt-[clamp(1rem,4vw,3rem)] pb-7">
      <h1 className="max-w-[15ch] text-display">Numbered prints. Each number is sold once.</h1>
    </div>
  );
}
