// Places a graph whose boxes are open or closed: what place.py does, in the browser.
function draw(root, data) {
  const GAP = 18, BETWEEN = 34, FRAME = 12, CAPTION = 20, NEAR = 10, PASSAGE = 6, PASSES = 6, CHARACTER = 6.1;
  const right = data.right, open = new Set(data.open), sizes = {}, local = {};
  const svg = root.querySelector("svg"), edges = svg.querySelector(".edges");
  const isBox = item => item[0] === "b", isCard = item => item[0] === "c";

  function size(item) {  // [across, along]
    let found = [PASSAGE, 0];
    if (isCard(item)) found = data.sizes[item];
    else if (isBox(item)) found = sizes[item];
    else return found;
    return right ? [found[1], found[0]] : found;
  }

  function isotonic(wanted, widths) {
    const blocks = [], offsets = [];
    let offset = 0;
    wanted.forEach((want, index) => {
      if (index) offset += (widths[index - 1] + widths[index]) / 2 + GAP;
      offsets.push(offset);
      blocks.push([want - offset, 1]);
      while (blocks.length > 1 && blocks[blocks.length - 2][0] > blocks[blocks.length - 1][0]) {
        const [mean, count] = blocks.pop(), [other, before] = blocks.pop();
        blocks.push([(mean * count + other * before) / (count + before), count + before]);
      }
    });
    const means = blocks.flatMap(([mean, count]) => Array(count).fill(mean));
    return means.map((mean, index) => mean + offsets[index]);
  }

  function across(scope) {
    const up = {}, down = {}, centre = {};
    for (const [, ...route] of scope.routes)
      for (let i = 1; i < route.length; i++) {
        (down[route[i - 1]] ||= []).push(route[i]);
        (up[route[i]] ||= []).push(route[i - 1]);
      }
    const put = (row, wanted) => isotonic(wanted, row.map(item => size(item)[0]))
      .forEach((x, index) => { centre[row[index]] = x; });
    scope.layers.forEach(row => put(row, row.map(() => 0)));
    for (let turn = 0; turn < PASSES; turn++) {
      const rows = turn % 2 ? [...scope.layers].reverse() : scope.layers, near = turn % 2 ? down : up;
      rows.forEach(row => put(row, row.map(item => near[item]
        ? near[item].reduce((sum, one) => sum + centre[one], 0) / near[item].length
        : centre[item])));
    }
    return centre;
  }

  function measure(box) {
    const scope = data.scopes[box];
    scope.items.filter(isBox).forEach(item => {
      sizes[item] = open.has(item) ? measure(item) : data.closed[item];
    });
    const centre = across(scope), keys = Object.keys(centre), places = {};
    const low = keys.length
      ? Math.min(...keys.map(i => centre[i] - size(i)[0] / 2)) : 0;
    const high = keys.length ? Math.max(...keys.map(i => centre[i] + size(i)[0] / 2)) : 0;
    let along = 0, gap = 0;
    scope.layers.forEach(row => {
      if (row.every(item => item[0] === "o")) along += NEAR - BETWEEN;
      gap = row.some(item => isCard(item) || isBox(item)) ? BETWEEN : NEAR;
      const depth = Math.max(0, ...row.map(item => size(item)[1]));
      row.forEach(item => { places[item] = [centre[item] - low, along + depth / 2, depth]; });
      along += depth + gap;
    });
    along = Math.max(along - gap, 0);
    local[box] = places;
    const inside = right ? [along, high - low] : [high - low, along];
    if (box === "root") return inside;
    const caption = data.captions[box] * CHARACTER * 1.08 + 20;
    return [Math.max(inside[0] + 2 * FRAME, caption), inside[1] + 2 * FRAME + CAPTION];
  }

  function show(kind, item, x, y) {
    const element = svg.querySelector(`.${kind}.${item}`);
    element.style.display = "";
    element.setAttribute("transform", `translate(${x} ${y})`);
    return element;
  }

  function line(points, head) {
    let [x, y] = points[0], path = `M${x} ${y}`;
    for (const [x2, y2] of points.slice(1)) {
      const bend = right ? (x2 - x) / 2 : (y2 - y) / 2;
      path += right ? `C${x + bend} ${y} ${x2 - bend} ${y2} ${x2} ${y2}`
                    : `C${x} ${y + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
      [x, y] = [x2, y2];
    }
    const element = document.createElementNS("http://www.w3.org/2000/svg", "path");
    element.setAttribute("class", "edge");
    element.setAttribute("d", path);
    if (head) element.setAttribute("marker-end", "url(#mg-arrow)");
    edges.appendChild(element);
  }

  function position(box, x, y, frame) {
    const centres = {}, frames = {};
    if (frame) { x += FRAME; y += FRAME + CAPTION; }
    for (const [item, [a, b]] of Object.entries(local[box]))
      centres[item] = right ? [x + b, y + a] : [x + a, y + b];
    for (const [item, [cx, cy]] of Object.entries(centres)) {
      if (!isCard(item) && !isBox(item)) continue;
      const [w, h] = isCard(item) ? data.sizes[item] : sizes[item];
      const left = cx - w / 2, top = cy - h / 2;
      if (isCard(item)) show("card", item, left, top);
      else if (!open.has(item)) show("closed", item, left, top);
      else {
        frames[item] = [left, top, w, h];
        const rect = show("open", item, left, top).querySelector("rect");
        rect.setAttribute("width", w);
        rect.setAttribute("height", h);
        position(item, left, top, frames[item]);
      }
    }
    function end(item, source, sign) {
      const [cx, cy] = centres[item];
      if (item[0] === "i" || item[0] === "o") {
        const far = item[0] === "o";
        return right ? [frame[0] + (far ? frame[2] : 0), cy] : [cx, frame[1] + (far ? frame[3] : 0)];
      }
      if (!frames[item]) {
        const half = sign * size(item)[1] / 2;
        return right ? [cx + half, cy] : [cx, cy + half];
      }
      const [fx, fy, w, h] = frames[item], port = local[item][(sign > 0 ? "o" : "i") + source][0];
      return right ? [fx + (sign > 0 ? w : 0), fy + FRAME + CAPTION + port]
                   : [fx + FRAME + port, fy + (sign > 0 ? h : 0)];
    }
    const moved = ([px, py], along) => right ? [along, py] : [px, along];
    function band(item) {  // where its layer begins and ends: arrows bend between layers only
      const middle = centres[item][right ? 0 : 1], half = local[box][item][2] / 2;
      return [middle - half, middle + half];
    }
    const drawn = new Set();  // places that an arrow of the same source has passed
    for (const [source, ...route] of data.scopes[box].routes) {
      const last = route[route.length - 1];
      const from = end(route[0], source, 1), to = end(last, source, -1);
      let points = [from, moved(from, band(route[0])[1])];
      for (const one of route.slice(1, -1)) {
        const [near, far] = band(one).map(along => moved(centres[one], along));
        if (drawn.has(one)) points = [far]; else points.push(near, far);
        drawn.add(one);
      }
      points.push(moved(to, band(last)[0]), to);
      points = points.filter(([px, py], i) => !i ||
        Math.abs(px - points[i - 1][0]) + Math.abs(py - points[i - 1][1]) > 0.01);
      line(points, isCard(last) || (isBox(last) && !open.has(last)));
    }
  }

  function redraw() {
    svg.querySelectorAll(".card,.open,.closed").forEach(one => { one.style.display = "none"; });
    edges.replaceChildren();
    const [w, h] = measure("root"), [mx, my] = data.margin;
    position("root", 0, 0, null);
    const title = svg.querySelector(":scope > text");
    const width = Math.max(w, title ? title.getComputedTextLength() : 0) + 2 * mx, height = h + mx + my;
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  svg.querySelectorAll(".open,.closed").forEach(element => {
    const box = [...element.classList].find(name => /^b\d+$/.test(name));
    element.style.cursor = "pointer";
    element.addEventListener("click", () => {
      if (open.has(box)) open.delete(box); else open.add(box);
      redraw();
    });
  });
  root.querySelectorAll("button").forEach(button => button.addEventListener("click", () => {
    open.clear();
    if (button.dataset.all === "1") Object.keys(data.closed).forEach(box => open.add(box));
    redraw();
  }));
  redraw();
}
