(() => {
  // Shows the form where this script stands, in a frame that is as high as the form.
  const script = document.currentScript, address = new URL(script.src);
  const frame = document.createElement('iframe');
  const page = new URL(address.pathname.replace(/\/embed\.js$/, ''), address.origin);
  for (const [name, value] of new URLSearchParams(location.search))
    if (/^utm_\w+$/.test(name)) page.searchParams.set(name, value);
  for (const [name, value] of address.searchParams) page.searchParams.set(name, value);
  page.searchParams.set('site', location.origin);
  const visitor = window.signalbox && window.signalbox.visitor && window.signalbox.visitor();
  if (visitor) page.searchParams.set('visitor', visitor);
  frame.src = page;
  frame.title = script.dataset.title || 'Form';
  frame.style.cssText = 'width:100%;border:0;height:' + (script.dataset.height || '40rem');
  addEventListener('message', event => {
    if (event.origin !== address.origin || event.source !== frame.contentWindow || !event.data) return;
    const { signalbox: height, redirect } = event.data;
    if (Number.isFinite(height) && height > 0) frame.style.height = Math.min(height, 20000) + 'px';
    if (typeof redirect === 'string' && /^https?:\/\//.test(redirect)) location.assign(redirect);
  });
  script.after(frame);
})();
