// The map of entities: in place of the picture drawn on the server, where the browser can draw in three dimensions. Nothing comes from elsewhere.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Lines of longitude and latitude that fit what is seen, as GeoJSON. */
function graticule(bounds) {
  const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  const raw = Math.max(east - west, north - south) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((s) => s * power >= raw) * power;
  const lines = [];
  for (let x = Math.ceil(west / step) * step; x <= east; x += step) lines.push([[x, Math.max(south, -85)], [x, Math.min(north, 85)]]);
  for (let y = Math.ceil(south / step) * step; y <= north; y += step) lines.push([[west, y], [east, y]]);
  return { type: 'Feature', properties: {}, geometry: { type: 'MultiLineString', coordinates: lines } };
}

/** The box round all points and the boundary, as on the picture from the server. */
function boxOf({ features, boundary }) {
  const spots = [];
  const add = (coordinates) => {
    if (typeof coordinates[0] === 'number') spots.push(coordinates);
    else coordinates.forEach(add);
  };
  features.forEach((feature) => add(feature.geometry.coordinates));
  if (boundary) add(boundary.coordinates);
  const range = (numbers) => numbers.reduce(([least, most], n) => [Math.min(least, n), Math.max(most, n)], [Infinity, -Infinity]);
  const [south, north] = range(spots.map(([, y]) => y));
  // Fiji, for one, lies on both sides of 180°.
  const [plain, shifted] = [range(spots.map(([x]) => x)), range(spots.map(([x]) => (x < 0 ? x + 360 : x)))];
  const [west, east] = shifted[1] - shifted[0] < plain[1] - plain[0] ? shifted : plain;
  return [[west, south], [east, north]];
}

class EntityMap extends HTMLElement {
  async connectedCallback() {
    // Without it the picture from the server stays.
    if (!document.createElement('canvas').getContext('webgl2')) return;
    const [library, answer] = await Promise.all([import(this.getAttribute('library')), fetch(this.getAttribute('src')), this.style()]);
    if (!answer.ok || !this.isConnected) return;
    const points = await answer.json();
    const frame = document.createElement('div');
    frame.className = 'frame';
    frame.setAttribute('role', 'region');
    frame.setAttribute('aria-label', this.getAttribute('label'));
    this.append(frame);
    this.map = new library.Map({
      container: frame,
      attributionControl: false,
      bounds: boxOf(points),
      fitBoundsOptions: { padding: 40, maxZoom: 15 },
      scrollZoom: false,
      locale: { 'NavigationControl.ZoomIn': this.getAttribute('zoom-in'), 'NavigationControl.ZoomOut': this.getAttribute('zoom-out'), 'Popup.Close': this.getAttribute('close'), 'Map.Title': this.getAttribute('canvas') },
      style: this.drawing(points),
    });
    this.map.addControl(new library.NavigationControl({ showCompass: false }));
    this.map.addControl(new library.ScaleControl());
    this.map.on('load', () => {
      this.classList.add('drawn');
      this.map.resize();
      this.map.fitBounds(boxOf(points), { padding: 40, maxZoom: 15, animate: false });
    });
    const net = () => this.map.getSource('net')?.setData(graticule(this.map.getBounds()));
    this.map.on('load', net);
    this.map.on('moveend', net);
    this.map.on('mouseenter', 'points', () => { this.map.getCanvas().classList.add('pointing'); });
    this.map.on('mouseleave', 'points', () => { this.map.getCanvas().classList.remove('pointing'); });
    this.map.on('click', 'points', (event) => this.tell(library, event));
  }

  disconnectedCallback() { this.map?.remove(); }

  /** The library's own style sheet, before anything is drawn. */
  style() {
    return new Promise((done) => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = this.getAttribute('stylesheet');
      link.onload = link.onerror = done;
      document.head.append(link);
    });
  }

  drawing(points) {
    const nothing = { type: 'FeatureCollection', features: [] };
    return {
      version: 8,
      sources: {
        points: { type: 'geojson', data: { type: 'FeatureCollection', features: points.features } },
        boundary: { type: 'geojson', data: points.boundary ? { type: 'Feature', properties: {}, geometry: points.boundary } : nothing },
        net: { type: 'geojson', data: nothing },
      },
      layers: [
        { id: 'ground', type: 'background', paint: { 'background-color': colour('--wash') } },
        { id: 'boundary', type: 'fill', source: 'boundary', paint: { 'fill-color': colour('--paper') } },
        { id: 'net', type: 'line', source: 'net', paint: { 'line-color': colour('--line'), 'line-width': 1 } },
        { id: 'edge', type: 'line', source: 'boundary', paint: { 'line-color': colour('--edge'), 'line-width': 1.5 } },
        { id: 'points', type: 'circle', source: 'points', paint: { 'circle-radius': 6, 'circle-color': colour('--accent'), 'circle-stroke-color': colour('--paper'), 'circle-stroke-width': 1.5 } },
      ],
    };
  }

  /** Says which entities lie where somebody clicked: there can be several on one spot. */
  tell(library, event) {
    const list = document.createElement('ul');
    const seen = new Set();
    for (const { properties: { id, name, href } } of event.features) {
      if (seen.has(id) || seen.size === 8) continue;
      seen.add(id);
      const link = document.createElement('a');
      link.href = href;
      link.textContent = name;
      const item = document.createElement('li');
      item.append(link);
      list.append(item);
    }
    new library.Popup({ maxWidth: '18rem' }).setLngLat(event.lngLat).setDOMContent(list).addTo(this.map);
  }
}

customElements.define('entity-map', EntityMap);
