export default function PrintLoading() {
  return (
    <>
      <h1 className="sr">Loading print</h1>
      <div className="product" aria-hidden="true">
        <div className="stage">
          <div className="bone aspect-3/4 w-[min(100%,36rem)]" />
        </div>
        <div className="info">
          <div className="bone h-9 w-3/5" />
          <div className="bone h-12" />
          <div className="edition">
            {Array.from({ length: 40 }, (_, index) => (
              <span className="bone" key={index} />
            ))}
          </div>
          <div className="bone h-36" />
          <div className="bone h-12" />
        </div>
      </div>
    </>
  );
}
