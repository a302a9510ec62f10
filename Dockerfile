# syntax=docker/dockerfile:1
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN node scripts/setup.mjs
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY probes ./probes
COPY fixtures ./fixtures
RUN node scripts/setup.mjs --build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim
# nmap alone may open raw sockets: the capability is on its file, and Probity itself runs as nobody in particular. No more
# than this one: a capability outside of the container's bounding set would make the file unusable.
RUN apt-get update \
  && apt-get install -y --no-install-recommends nmap libcap2-bin \
  && setcap cap_net_raw+eip /usr/bin/nmap \
  && apt-get purge -y --auto-remove libcap2-bin \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 --create-home probity \
  && mkdir /results && chown probity /results
ENV NMAP_PRIVILEGED=1 NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY profiles ./profiles
COPY fixtures ./fixtures
RUN chmod +x dist/src/cli.js && ln -s /app/dist/src/cli.js /usr/local/bin/probity
USER probity
WORKDIR /results
VOLUME /results
# docker run --rm --network host -u "$(id -u)" -v "$PWD:/results" probity scan 198.18.4.21
ENTRYPOINT ["probity"]
