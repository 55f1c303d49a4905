(() => {
  // Tells the CRM which pages somebody opens who agreed to it; before that it keeps and sends nothing.
  const script = document.currentScript, store = localStorage, KEY = 'signalbox.visitor';
  const address = new URL('v/' + (script.dataset.source || ''), script.src);
  const refuses = () => navigator.globalPrivacyControl || navigator.doNotTrack === '1';
  const visitor = () => (refuses() ? '' : store.getItem(KEY) || '');
  const tell = () => {
    const body = JSON.stringify({ visitor: visitor(), page: location.origin + location.pathname });
    if (visitor()) fetch(address, { method: 'POST', mode: 'no-cors', keepalive: true, credentials: 'omit', body });
  };
  const consent = agreed => {
    if (!agreed) return store.removeItem(KEY);
    if (!refuses() && !store.getItem(KEY)) store.setItem(KEY, crypto.randomUUID());
    tell();
  };
  window.signalbox = { consent, visitor };
  if (script.dataset.consent === 'given') consent(true);
  else tell();
})();
