using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Temporal;

/// <summary>Writes evolutions of entities in the names of a context.</summary>
internal sealed class EvolutionWriter(JsonLdContext context, EvolutionRequest request)
{
    private readonly EntityWriter _writer = new(context, request.Told);

    public void Write(Utf8JsonWriter json, Evolution evolution, Action<Utf8JsonWriter>? tail)
    {
        var (entity, told) = (evolution.Entity, request.Told);
        json.WriteStartObject();
        if (told.Tells("id")) json.WriteString("id"u8, entity.Id);
        if (told.Tells("type"))
        {
            json.WritePropertyName("type"u8);
            WriteOneOrMany(json, entity.Types, t => json.WriteStringValue(context.Compact(t)));
        }
        if (told.HasSysAttrs)
        {
            json.WriteString("createdAt"u8, EntityWriter.Text(entity.CreatedAt));
            json.WriteString("modifiedAt"u8, EntityWriter.Text(entity.ModifiedAt));
            if (entity.DeletedAt is { } deleted) json.WriteString("deletedAt"u8, EntityWriter.Text(deleted));
        }
        foreach (var attribute in evolution.Series.GroupBy(s => s.Series.Name))
        {
            json.WritePropertyName(attribute.Key == ChangePoints.Scope ? "scope" : context.Compact(attribute.Key));
            switch (request.Format)
            {
                case EvolutionFormat.TemporalValues: WriteOneOrMany(json, [.. attribute], s => WriteValues(json, s)); break;
                case EvolutionFormat.AggregatedValues: WriteOneOrMany(json, [.. attribute], s => WriteAggregation(json, s)); break;
                default:
                    json.WriteStartArray();
                    foreach (var series in attribute)
                        foreach (var (_, point) in series.Points) WriteInstance(json, series.Series, point);
                    json.WriteEndArray();
                    break;
            }
        }
        tail?.Invoke(json);
        json.WriteEndObject();
    }

    private static void WriteOneOrMany<T>(Utf8JsonWriter json, IReadOnlyList<T> values, Action<T> write)
    {
        if (values.Count != 1) json.WriteStartArray();
        foreach (var value in values) write(value);
        if (values.Count != 1) json.WriteEndArray();
    }

    private void WriteInstance(Utf8JsonWriter json, HistorySeries series, HistoryPoint point) =>
        _writer.WriteInstance(json, point.ToInstance(series.Name, series.DatasetId, HistoryStore.InstanceOf(series.Key, point.Time)));

    /// <summary>Clause 4.5.9: the values of an attribute, each with its time.</summary>
    private void WriteValues(Utf8JsonWriter json, EvolutionSeries series)
    {
        var isTranslated = series.Kind == AttributeKind.LanguageProperty && request.Told.Languages is not null;
        WriteHead(json, series, isTranslated ? AttributeKind.Property : series.Kind);
        json.WriteStartArray(isTranslated ? "values" : ValuesMember(series.Kind));
        var writer = new EntityWriter(context, request.Told with { Format = EntityFormat.Simplified });
        Span<byte> number = stackalloc byte[HistoryPoint.LongestNumber];
        foreach (var (time, point) in series.Points)
        {
            json.WriteStartArray();
            if (point.Shape is { Form: PointForm.Number, Kind: AttributeKind.Property }) json.WriteRawValue(number[..HistoryPoint.Format(point.Number, number)], skipInputValidation: true);
            else writer.WriteValue(json, point.ToInstance(series.Series.Name, null, ""), isWrapped: true);
            EntityWriter.WriteTime(json, EntityCodec.Time(time));
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteAggregation(Utf8JsonWriter json, EvolutionSeries series)
    {
        WriteHead(json, series, series.Kind);
        foreach (var (name, method) in request.Aggregations)
        {
            json.WriteStartArray(name);
            foreach (var bucket in series.Aggregation!.Buckets)
            {
                if (!IsDefined(bucket, method)) continue;
                json.WriteStartArray();
                WriteResult(json, bucket, method);
                EntityWriter.WriteTime(json, EntityCodec.Time(bucket.Start));
                EntityWriter.WriteTime(json, EntityCodec.Time(bucket.End));
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, EvolutionSeries series, AttributeKind kind)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, kind.ToString());
        if (series.Series.DatasetId is { } dataset) json.WriteString("datasetId"u8, dataset);
    }

    private static bool IsDefined(Bucket bucket, AggregationMethods method) => method switch
    {
        AggregationMethods.TotalCount or AggregationMethods.DistinctCount => true,
        AggregationMethods.Min or AggregationMethods.Max => bucket.NumberCount > 0 || bucket.LeastText is not null,
        _ => bucket.NumberCount > 0,
    };

    private static void WriteResult(Utf8JsonWriter json, Bucket bucket, AggregationMethods method)
    {
        switch (method)
        {
            case AggregationMethods.TotalCount: json.WriteNumberValue(bucket.Count); break;
            case AggregationMethods.DistinctCount: json.WriteNumberValue(bucket.DistinctCount); break;
            case AggregationMethods.Min when bucket.NumberCount == 0: json.WriteStringValue(bucket.LeastText); break;
            case AggregationMethods.Max when bucket.NumberCount == 0: json.WriteStringValue(bucket.MostText); break;
            default:
                WriteNumber(json, method switch
                {
                    AggregationMethods.Sum => bucket.Sum,
                    AggregationMethods.Avg => bucket.Mean,
                    AggregationMethods.Min => bucket.Least,
                    AggregationMethods.Max => bucket.Most,
                    AggregationMethods.StdDev => bucket.StandardDeviation,
                    _ => bucket.SumOfSquares,
                });
                break;
        }
    }

    /// <summary>A sum that is beyond what a double holds cannot be told in JSON.</summary>
    private static void WriteNumber(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteNullValue();
    }

    private static string ValuesMember(AttributeKind kind) => kind switch
    {
        AttributeKind.Relationship => "objects",
        AttributeKind.LanguageProperty => "languageMaps",
        AttributeKind.JsonProperty => "jsons",
        AttributeKind.VocabProperty => "vocabs",
        AttributeKind.ListProperty => "valueLists",
        AttributeKind.ListRelationship => "objectLists",
        _ => "values",
    };
}
