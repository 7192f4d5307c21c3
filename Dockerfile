# Parley with everything embedded: `docker build -t parley .`, `docker run -p 8787:8787 -v parley:/data parley`.
# Nothing is fetched but the base image and what the lock file names; no package's install script runs (.npmrc).
# `node deploy/check-image.mjs` does these steps without Docker.

FROM node:24-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY server/package.json server/
COPY element/package.json element/

FROM manifests AS build
RUN npm ci --include=dev
COPY tsconfig.base.json ./
COPY migrations migrations
COPY server server
COPY element element
# As scripts/prepare.mjs does; the last step packs an empty database, so that a first start is fast.
RUN npx --no-install tsc -b server element && npm run build --workspace element && node server/dist/storage/prepare.js

FROM manifests AS dependencies
RUN npm ci --omit=dev --workspace server

FROM node:24-bookworm-slim
ENV NODE_ENV=production PARLEY_HOST=0.0.0.0 PARLEY_PORT=8787 PARLEY_DATA=/data
# A new volume begins with the owner of the folder that it covers.
RUN mkdir -p /data /files && chown 1000:1000 /data /files
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/server/node_modules server/node_modules
COPY --from=build /app/server/dist server/dist
COPY --from=build /app/element/dist element/dist
COPY package.json README.md ARCHITECTURE.md SPEC.md LICENSE ./
COPY server/package.json server/
COPY migrations migrations
USER 1000:1000
VOLUME /data
EXPOSE 8787
# A drain takes 25 seconds by default; whoever stops this container waits a little longer than that.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PARLEY_PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=16", "server/dist/main.js"]
