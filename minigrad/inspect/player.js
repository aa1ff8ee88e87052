// Plays the frames of a walk back: which card is looked at, which gradients are known by then.
function play(root, frames) {
  const svg = root.querySelector("svg"), words = root.querySelector(".words");
  const slider = root.querySelector("input"), count = root.querySelector(".count");
  const picture = root.querySelector(".picture");
  const button = name => root.querySelector(`[data-go=${name}]`);
  const cards = [...svg.querySelectorAll(".card")].map(card => ({
    card,
    line: card.querySelector("text.grad:not(.small)"),
    images: [...card.querySelectorAll("image")],
    caption: card.querySelector("text.small.grad"),
  }));
  let at = 0, timer = null;

  function gradients(frame) {  // what is known after a number of frames
    const known = new Map();
    for (let i = 0; i <= frame; i++)
      for (const [index, text, image] of frames[i].changes) known.set(index, [text, image]);
    return known;
  }

  function escape(text) {
    const box = document.createElement("div");
    box.textContent = text;
    return box.innerHTML;
  }

  function show(frame) {
    at = Math.max(0, Math.min(frames.length - 1, frame));
    const now = frames[at], known = gradients(at);
    cards.forEach(({card, line, images, caption}, index) => {
      const found = known.get(index);
      if (line) line.textContent = found ? found[0] : "";
      if (images.length > 1) {
        images[1].style.opacity = found ? 1 : 0;
        if (found && found[1]) images[1].setAttribute("href", found[1]);
        if (caption) caption.style.opacity = found ? 1 : 0.25;
      }
      card.classList.toggle("now", index === now.card);
      card.classList.toggle("touched", index !== now.card && now.changes.some(c => c[0] === index));
    });
    words.innerHTML = `<h3>${escape(now.title)}</h3><p>${escape(now.text)}</p>` +
      (now.shares || []).map((text, index) =>
        `<div class="share"><div class="math">${now.math[index] || ""}</div>${escape(text)}</div>`).join("") +
      (at === frames.length - 1 && at ? '<p class="quiet">That was all: every gradient is known.</p>' : "");
    count.textContent = `step ${at} of ${frames.length - 1}`;
    slider.value = at;
    root.dataset.step = at;
    button("back").disabled = button("first").disabled = at === 0;
    button("forward").disabled = button("last").disabled = at === frames.length - 1;
    const box = cards[now.card].card.getBoundingClientRect(), frameBox = picture.getBoundingClientRect();
    if (box.top < frameBox.top || box.bottom > frameBox.bottom)
      picture.scrollTop += box.top - frameBox.top - (frameBox.height - box.height) / 2;
    if (box.left < frameBox.left || box.right > frameBox.right)
      picture.scrollLeft += box.left - frameBox.left - (frameBox.width - box.width) / 2;
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    button("play").textContent = "▶▶";
  }

  const go = {
    first: () => show(0),
    back: () => show(at - 1),
    forward: () => show(at + 1),
    last: () => show(frames.length - 1),
    play: () => {
      if (timer) return pause();
      if (at === frames.length - 1) show(0);
      button("play").textContent = "❚❚";
      timer = setInterval(() => { if (at === frames.length - 1) pause(); else show(at + 1); }, 1400);
    },
  };
  for (const name of Object.keys(go))
    button(name).addEventListener("click", () => { if (name !== "play") pause(); go[name](); });
  slider.addEventListener("input", () => { pause(); show(Number(slider.value)); });
  root.addEventListener("keydown", event => {
    const name = {ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last", " ": "play"}[event.key];
    if (!name || event.target === slider && name !== "play") return;
    event.preventDefault();
    go[name]();
  });
  show(0);
}
