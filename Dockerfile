# The panel's bundle.
FROM node:20-slim AS bundle
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts
COPY ui ui
COPY integrations/helpdesks integrations/helpdesks
RUN npm run build

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
WORKDIR /app
COPY requirements-build.txt requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-build.txt \
 && pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements.txt
COPY pyproject.toml requirements.in alembic.ini LICENSE ./
COPY migrations migrations
COPY plugin plugin
COPY integrations integrations
COPY ui ui
COPY webhooks webhooks
COPY --from=bundle /app/ui/static/dist ui/static/dist
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
 && useradd --system mostrador \
 && mkdir /data && chown mostrador /data
USER mostrador
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/healthz', timeout=4)"]
# Behind an https proxy of yours. Give it 35 seconds to stop: the worker ends its last job.
CMD ["mostrador", "serve", "--all"]
