"""First rows of a Parquet file, as the loader reads them: a look at it holds names alone."""

from dataclasses import replace
from itertools import islice

from etl.damage import CANNOT_READ
from etl.sources.parquet import ParquetReader
from etl.sources.reader import ROW
from etl.sources.sample import LOOK_RECORDS, Sample


def with_rows(sample: Sample) -> Sample:
    """The sample with its first records, texts by column; any other kind of file as it is.

    A file that is damaged behind its beginning has none: the load says so.
    """
    if sample.shape != "parquet" or sample.container == "zip":
        return sample
    reader = ParquetReader(sample.path)
    try:
        batches = [one.rows for one in islice(reader.batches(sample.columns), 1)]
    except CANNOT_READ:
        return sample
    records = tuple(
        record for rows in batches for record in rows.head(LOOK_RECORDS).drop(ROW).to_dicts()
    )
    return replace(sample, records=records)
