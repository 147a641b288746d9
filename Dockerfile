# syntax=docker/dockerfile:1
FROM node:22.23.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Scripts are off because the only one is our own build, and its sources come next: editing them keeps this layer.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.js scripts/
COPY scripts/lib/build-stamp.js scripts/lib/
COPY console console
COPY src src
RUN npm run build

FROM node:22.23.1-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# TypeScript comes along as a peer of tRPC, which wants it for its types only.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/typescript node_modules/.bin/tsc node_modules/.bin/tsserver

FROM node:22.23.1-bookworm-slim
# Publish only 3000. The other two are for orchestrators and Prometheus on the container's own network.
# Without the threshold, each embedded store of a process with several shops keeps 2 MB: docs/shops.md.
ENV MALLOC_MMAP_THRESHOLD_=262144
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 HEALTH_PORT=3001 ADMIN_HOST=0.0.0.0 ADMIN_PORT=3002 DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY docs/openapi.json docs/
COPY package.json LICENSE ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Not `npm start`: node itself must get SIGTERM, and there is nothing left to build.
CMD ["node", "dist/server/main.js"]
