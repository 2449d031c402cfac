using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Queries;

/// <summary>The order of entities in an answer, clause 4.23: <c>name,age;desc</c> or <c>location;dist-asc</c>; what is equal comes by id.</summary>
/// <remarks>
/// Types rank as clause 4.23.2 tells: number, text, object, array, boolean, time, date, date and time, null, nothing; null and nothing stay last in descending
/// order too. Texts are ordered by code units unless a collation is told. Of several instances the default one counts, else the first.
/// </remarks>
internal sealed partial class Ordering : IComparer<Entity>
{
    private const int MostTerms = 20;

    private readonly Term[] _terms;
    private readonly GeoShape? _from;
    private readonly CompareInfo? _collation;
    private readonly CompareOptions _options;

    private Ordering(Term[] terms, GeoShape? from, (CompareInfo Info, CompareOptions Options)? collation)
    {
        _terms = terms;
        _from = from;
        _collation = collation?.Info;
        _options = collation?.Options ?? CompareOptions.None;
    }

    private enum Rank
    {
        Distance,
        Number,
        Text,
        Object,
        Array,
        Boolean,
        Time,
        Date,
        DateTime,
        Null,
        Missing,
    }

    private enum Source
    {
        Attribute,
        Id,
        Type,
        Scope,
    }

    /// <param name="orderFrom">Coordinates distances are measured from, as JSON; needed for dist-asc and dist-desc.</param>
    /// <param name="orderGeometry">Their geometry; null for Point.</param>
    /// <param name="collation">RFC 6067, such as und or de-u-co-phonebk.</param>
    public static Ordering Parse(string orderBy, JsonLdContext context, string? collation = null, string? orderFrom = null, string? orderGeometry = null) =>
        Parse(orderBy, context, collation, string.IsNullOrEmpty(orderFrom) ? null : GeoFilter.ReadReference(orderGeometry ?? "Point", orderFrom, "orderGeometry", "orderFrom"));

    public static Ordering Parse(string orderBy, JsonLdContext context, string? collation, GeoShape? from)
    {
        var reader = new ExpressionReader("orderBy", orderBy);
        List<Term> terms = [];
        do
        {
            if (terms.Count == MostTerms) throw reader.Fault($"more than {MostTerms} terms");
            terms.Add(ReadTerm(reader, context));
        }
        while (reader.TryTake(','));
        reader.End("expected a comma before the next name");
        if (from is null && terms.Exists(t => t.IsDistance)) throw NgsiLdException.BadRequestData("orderBy with dist-asc or dist-desc needs orderFrom, the coordinates to measure from, such as [8,40].");
        return new([.. terms], from, string.IsNullOrEmpty(collation) ? null : ReadCollation(collation));
    }

    public int Compare(Entity? x, Entity? y)
    {
        if (x is null || y is null) return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        foreach (var term in _terms)
            if (Compare(KeyOf(term, x), KeyOf(term, y), term.IsDescending) is not 0 and var order) return order;
        return string.CompareOrdinal(x.Id, y.Id);
    }

    /// <summary>Sorts with each key read once.</summary>
    public void Sort(List<Entity> entities)
    {
        var keyed = entities.Select(e => (Entity: e, Keys: Array.ConvertAll(_terms, t => KeyOf(t, e)))).ToArray();
        Array.Sort(keyed, (a, b) =>
        {
            for (var i = 0; i < _terms.Length; i++)
                if (Compare(a.Keys[i], b.Keys[i], _terms[i].IsDescending) is not 0 and var order) return order;
            return string.CompareOrdinal(a.Entity.Id, b.Entity.Id);
        });
        for (var i = 0; i < keyed.Length; i++) entities[i] = keyed[i].Entity;
    }

    private static Term ReadTerm(ExpressionReader reader, JsonLdContext context)
    {
        var from = reader.Position;
        var source = AttributeName.Read(reader, "name, or id, type, createdAt or modifiedAt") switch
        {
            "id" => Source.Id,
            "type" => Source.Type,
            "scope" => Source.Scope,
            _ => Source.Attribute,
        };
        AttributePath? path = null;
        if (source == Source.Attribute)
        {
            reader.Position = from;
            path = AttributePath.Read(reader, context);
            if (path.Hops > 0) throw reader.Fault("an order does not follow relationships", from);
        }
        if (!reader.TryTake(';')) return new(source, path, false, false);
        var at = reader.Position;
        while (char.IsAsciiLetter(reader.Current) || reader.Current == '-') reader.Position++;
        return reader.Text[at..reader.Position] switch
        {
            "asc" => new(source, path, false, false),
            "desc" => new(source, path, true, false),
            "dist-asc" => new(source, path, false, true),
            "dist-desc" => new(source, path, true, true),
            _ => throw reader.Fault("expected asc, desc, dist-asc or dist-desc", at),
        };
    }

    /// <summary>A language with ICU's settings: co (tailoring), ks (strength), kn (numbers by value).</summary>
    private static (CompareInfo Info, CompareOptions Options) ReadCollation(string collation)
    {
        NgsiLdException Unknown() => NgsiLdException.BadRequestData($"collation {(collation.Length <= 50 ? collation : collation[..50] + "…")} is not one this broker has: expected for example und, ja or de-u-co-phonebk (RFC 6067).");
        if (collation.Length > 50 || !Tag().IsMatch(collation)) throw Unknown();
        var options = CompareOptions.None;
        var extension = collation.IndexOf("-u-", StringComparison.OrdinalIgnoreCase);
        var name = extension < 0 ? collation : collation[..extension];
        if (extension >= 0)
        {
            foreach (var (key, value) in Settings(collation[(extension + 3)..]))
            {
                switch (key, value)
                {
                    case ("ks", "level1"): options |= CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace; break;
                    case ("ks", "level2"): options |= CompareOptions.IgnoreCase; break;
                    case ("ks", "level3" or "level4" or "identic") or ("kn", "false") or ("co", "standard"): break;
                    case ("kn", "" or "true"): options |= CompareOptions.NumericOrdering; break;
                    case ("co", _): name += $"-u-co-{value}"; break;
                    default: throw Unknown();
                }
            }
        }
        try
        {
            return (string.Equals(name, "und", StringComparison.OrdinalIgnoreCase) ? CultureInfo.InvariantCulture.CompareInfo : CultureInfo.GetCultureInfo(name).CompareInfo, options);
        }
        catch (CultureNotFoundException)
        {
            throw Unknown();
        }
    }

    /// <summary>Keys of two characters, each with the longer words after it.</summary>
    private static IEnumerable<(string Key, string Value)> Settings(string text)
    {
        string? key = null;
        List<string> values = [];
        foreach (var word in text.ToLowerInvariant().Split('-'))
        {
            if (word.Length > 2)
            {
                values.Add(word);
                continue;
            }
            if (key is not null || values.Count > 0) yield return (key ?? "", string.Join('-', values));
            key = word;
            values.Clear();
        }
        yield return (key ?? "", string.Join('-', values));
    }

    [GeneratedRegex("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();

    private int Compare(Key a, Key b, bool isDescending)
    {
        var order = a.Rank.CompareTo(b.Rank);
        if (a.Rank >= Rank.Null || b.Rank >= Rank.Null) return order;
        if (order == 0)
        {
            order = a.Rank switch
            {
                Rank.Text when _collation is not null => _collation.Compare(a.Text, b.Text, _options),
                Rank.Text or Rank.Object or Rank.Array => string.CompareOrdinal(a.Text, b.Text),
                Rank.Number or Rank.Distance => a.Number.CompareTo(b.Number),
                _ => a.Ticks.CompareTo(b.Ticks),
            };
        }
        // Whatever has no place comes after all that has one, in both directions.
        else if (a.Rank == Rank.Distance || b.Rank == Rank.Distance) return order;
        return isDescending ? -order : order;
    }

    private Key KeyOf(Term term, Entity entity)
    {
        switch (term.Source)
        {
            case Source.Id: return new(Rank.Text, Text: entity.Id);
            case Source.Type: return new(Rank.Text, Text: entity.Types.FirstOrDefault() ?? "");
            case Source.Scope: return entity.Scopes is { Count: > 0 } scopes ? new(Rank.Text, Text: scopes[0]) : new(Rank.Missing);
        }
        var reading = new Reading(term.IsDistance ? _from : null);
        term.Path!.Any(entity, LinkedEntities.None, reading, static (reading, target) => reading.Take(target));
        return reading.Key;
    }

    private readonly record struct Term(Source Source, AttributePath? Path, bool IsDescending, bool IsDistance);

    private readonly record struct Key(Rank Rank, double Number = 0, string Text = "", long Ticks = 0);

    /// <summary>Takes the key of the first target, or of the default instance where that comes later.</summary>
    private sealed class Reading(GeoShape? from)
    {
        private bool _isTaken;

        public Key Key { get; private set; } = new(Rank.Missing);

        /// <summary>Whether to look no further.</summary>
        public bool Take(Target target)
        {
            if (!_isTaken || target.IsDefault) Key = KeyOf(target);
            _isTaken = true;
            return target.IsDefault;
        }

        private Key KeyOf(Target target)
        {
            if (target.Time is { } time) return new(Rank.DateTime, Ticks: time.UtcTicks);
            if (target.Text is { } text) return new(Rank.Text, Text: text);
            if (target.Json.IsEmpty) return new(Rank.Missing);
            if (from is not null && target.Kind == AttributeKind.GeoProperty) return new(Rank.Distance, from.DistanceTo(GeoShape.Read(target.Json.ToArray())));
            var values = new JsonScalars(target.Json, target.Kind);
            if (values.IsArray) return new(Rank.Array, Text: System.Text.Encoding.UTF8.GetString(target.Json));
            if (!values.MoveNext()) return new(Rank.Missing);
            var json = values.Current;
            switch (json.TokenType)
            {
                case JsonTokenType.Number: return new(Rank.Number, json.TryGetDouble(out var number) ? number : double.MaxValue);
                case JsonTokenType.True or JsonTokenType.False: return new(Rank.Boolean, Ticks: json.TokenType == JsonTokenType.True ? 1 : 0);
                case JsonTokenType.Null: return new(Rank.Null);
                case JsonTokenType.String:
                    var read = JsonScalars.TextOf(ref json) ?? "";
                    return InstantText.Read(System.Text.Encoding.UTF8.GetBytes(read), out var ticks) switch
                    {
                        InstantKind.Time => new(Rank.Time, Ticks: ticks),
                        InstantKind.Date => new(Rank.Date, Ticks: ticks),
                        InstantKind.DateTime => new(Rank.DateTime, Ticks: ticks),
                        _ => new(Rank.Text, Text: read),
                    };
                default: return new(Rank.Object, Text: System.Text.Encoding.UTF8.GetString(target.Json));
            }
        }
    }
}
