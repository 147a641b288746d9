export function ProductPicture() {
  return (
    <svg
      className="picture"
      viewBox="0 0 400 400"
      role="img"
      aria-label="A straight-cut T-shirt with an anchor on its chest"
    >
      <circle cx="200" cy="205" r="165" className="backdrop" />
      <path
        className="cloth"
        d="M148 92 L78 128 L98 192 L126 180 L126 322 Q200 336 274 322 L274 180 L302 192 L322 128 L252 92 Q200 128 148 92 Z"
      />
      <path className="seam" d="M148 92 Q200 146 252 92 M126 180 L132 150 M274 180 L268 150" />
      <g className="anchor">
        <circle cx="200" cy="186" r="9" />
        <path d="M200 195 V256 M182 210 H218 M168 232 Q172 258 200 258 Q228 258 232 232" />
      </g>
    </svg>
  );
}
