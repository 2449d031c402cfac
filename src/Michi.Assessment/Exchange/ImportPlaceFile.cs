using System.Globalization;
using System.Text.Json;
using Michi.Assessment.Evidence;
using Michi.Assessment.Profiles;
using Michi.Assessment.Rounds;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Exchange;

/// <summary>What an import did; or, with <see cref="Problems"/>, why it did nothing.</summary>
public sealed record Imported(
    int PlacesAdded, int PlacesChanged, int FactsAdded, int EvidenceAdded, int EvidenceChanged, int EvidenceSame, int AssessmentsAdded, IReadOnlyList<InputProblem> Problems)
{
    /// <summary>What an import did or would do, in a sentence.</summary>
    public string Counts(Words words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words["exchange.import.counts", PlacesAdded, FactsAdded, EvidenceAdded, EvidenceChanged, EvidenceSame, AssessmentsAdded];
    }

    internal bool ChangedAnything => PlacesAdded + PlacesChanged + FactsAdded + EvidenceAdded + EvidenceChanged + AssessmentsAdded > 0;
}

/// <summary>How a file is to be imported.</summary>
public sealed record ImportRules
{
    /// <summary>Marks new places as demonstration data.</summary>
    public bool AsDemonstration { get; init; }

    /// <summary>Whether anyone may see new places.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Everything is done and undone again: the result tells what an import would do.</summary>
    public bool CheckOnly { get; init; }

    /// <summary>Where given, only these places (slugs) may be changed, and none added.</summary>
    public IReadOnlySet<string>? Within { get; init; }

    /// <summary>Places outside <see cref="Within"/> that may be in the file, as long as it changes nothing of them.</summary>
    public IReadOnlySet<string> Beside { get; init; } = new HashSet<string>();

    internal bool MayChange(string place) => Within?.Contains(place) != false;
}

/// <summary>Imports a file: everything in it, in one transaction, or nothing.</summary>
/// <remarks>
/// Places are matched by slug; evidence by its id, and without one by source and statement. What is there already and equal stays untouched, what
/// differs becomes a new version with the old one in its history. An assessment with the same title at the same place is taken as there already.
/// </remarks>
internal sealed class ImportPlaceFile(AssessmentDb db, PlaceBook places, PlaceDirectory directory, PackStore packs, UiTexts texts, ProfileQueue profiles, Reader reader, TimeProvider clock)
{
    private readonly Dictionary<string, Guid> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> _taken = [];
    private readonly List<InputProblem> _problems = [];
    private ImportRules _rules = new();
    private Imported _done = new(0, 0, 0, 0, 0, 0, 0, []);

    /// <summary>Imports a file that somebody gives at a place: it may change what is below the place and, as far as their rights go, what is above.</summary>
    /// <param name="language">Language in which choices are told.</param>
    public async Task<Imported> HereAsync(Place place, byte[] file, bool checkOnly, string language, CancellationToken cancel)
    {
        var (within, beside) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var above in await directory.ChainAsync(place, cancel))
            if (await reader.CanAsync(Right.Contribute, above, cancel)) within.Add(above.Slug);
            else if (await reader.CanAsync(Right.ViewPlace, above, cancel)) beside.Add(above.Slug);
        var (all, ids) = (await directory.AllAsync(cancel), new HashSet<Guid> { place.Id });
        // Country, city, district: two steps down reach every place below.
        for (var step = 0; step < 2; step++) ids.UnionWith(all.Where(p => p.ParentId is { } parent && ids.Contains(parent)).Select(p => p.Id).ToList());
        within.UnionWith(all.Where(p => ids.Contains(p.Id)).Select(p => p.Slug));
        return await RunAsync(PlaceFileBytes.Read(file, packs.Current, texts, language, place.Slug), new() { Within = within, Beside = beside, CheckOnly = checkOnly }, progress: null, cancel);
    }

    public async Task<Imported> RunAsync(PlaceFileReading reading, ImportRules rules, IProgress<double>? progress, CancellationToken cancel)
    {
        var nothing = _done;
        _rules = rules;
        var known = rules.Within?.Concat(rules.Beside) ?? (await directory.AllAsync(cancel)).Select(p => p.Slug);
        var faults = reading.Checked(packs.Current, known.ToHashSet(StringComparer.Ordinal), DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
        if (faults.Count > 0) return nothing with { Problems = faults };
        try
        {
            await places.InOneTransactionAsync(db, () => ImportAsync(reading.File!, progress, cancel), cancel);
        }
        catch (DbUpdateException)
        {
            // The data were as read when this import began; only another change at the same moment breaks a constraint.
            _problems.Add(new("", "at-once"));
        }
        if (_problems.Count > 0) return nothing with { Problems = reading.At(_problems) };
        if (!rules.CheckOnly && _done.ChangedAnything)
            foreach (var place in _ids.Where(i => rules.MayChange(i.Key))) profiles.Enqueue(place.Value);
        progress?.Report(1);
        return _done;
    }

    private async Task<bool> ImportAsync(PlaceFile file, IProgress<double>? progress, CancellationToken cancel)
    {
        for (var i = 0; i < file.Places.Count; i++) await ImportPlaceAsync(file.Places[i], $"places[{i}]", NoteOn(file.Places[i]), cancel);
        if (_problems.Count > 0) return false;
        foreach (var slug in file.Evidence.Select(e => e.Place).Concat(file.Assessments.Select(a => a.Place)).Distinct().Where(s => !_ids.ContainsKey(s)))
            _ids[slug] = (await directory.FindAsync(slug, cancel))!.Id;
        await ImportEvidenceAsync(file.Evidence, progress, cancel);
        for (var i = 0; i < file.Assessments.Count; i++) await ImportAssessmentAsync(file.Assessments[i], $"assessments[{i}]", cancel);
        return _problems.Count == 0 && !_rules.CheckOnly;

        // A file about a city says nothing of the country it lies in.
        Dictionary<string, string> NoteOn(FilePlace place) => file.Places.Any(p => p.Parent == place.Slug) ? [] : file.Note;
    }

    private async Task ImportPlaceAsync(FilePlace from, string at, Dictionary<string, string> note, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var place = await places.ForChangeAsync(from.Slug, cancel);
        var above = from.Parent is null ? (Guid?)null : _ids.TryGetValue(from.Parent, out var id) ? id : (await directory.FindAsync(from.Parent, cancel))?.Id;
        var kind = Enum.Parse<PlaceKind>(from.Kind, ignoreCase: true);
        var boundary = from.Boundary is { } given ? Boundary.Read(given.GetRawText()).Geometry : null;
        var before = _done;
        if (place is null)
        {
            // One without a right to add places does not learn which slugs are taken.
            if (!_rules.MayChange(from.Slug))
            {
                _problems.Add(new($"{at}.slug", "not-here", from.Slug));
                return;
            }
            place = new()
            {
                Id = Guid.CreateVersion7(now),
                ParentId = above,
                Kind = kind,
                Slug = from.Slug,
                Names = from.Names,
                CountryCode = from.CountryCode,
                Latitude = from.Latitude,
                Longitude = from.Longitude,
                Boundary = boundary,
                Characteristic = from.Characteristic,
                CharacteristicReason = from.CharacteristicReason,
                IsPublic = _rules.IsPublic,
                IsDemonstration = _rules.AsDemonstration,
                Note = note,
                CreatedAt = now,
            };
            places.Add(place);
            _done = _done with { PlacesAdded = _done.PlacesAdded + 1 };
        }
        else if (!_rules.MayChange(from.Slug) && !_rules.Beside.Contains(from.Slug))
        {
            _problems.Add(new($"{at}.slug", "not-here", from.Slug));
            return;
        }
        else if (place.Kind != kind || place.ParentId != above)
        {
            _problems.Add(new($"{at}.{(place.Kind != kind ? "kind" : "parent")}", "place-differs", from.Slug));
            return;
        }
        else
        {
            var stored = JsonSerializer.Serialize(place);
            foreach (var (language, name) in from.Names) place.Names = new(place.Names) { [language] = name };
            place.CountryCode = from.CountryCode ?? place.CountryCode;
            place.Latitude = from.Latitude ?? place.Latitude;
            place.Longitude = from.Longitude ?? place.Longitude;
            place.Boundary = boundary ?? place.Boundary;
            place.Characteristic = from.Characteristic ?? place.Characteristic;
            place.CharacteristicReason = from.CharacteristicReason ?? place.CharacteristicReason;
            if (JsonSerializer.Serialize(place) != stored)
            {
                places.NoteChange(place, "place.import");
                _done = _done with { PlacesChanged = _done.PlacesChanged + 1 };
            }
        }
        _ids[from.Slug] = place.Id;
        foreach (var fact in from.Facts.Distinct())
        {
            var added = await places.AddFactAsync(new() { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Kind = fact.Kind, Value = fact.Value, Source = fact.Source, Date = fact.Date, CreatedAt = now }, cancel);
            if (added) _done = _done with { FactsAdded = _done.FactsAdded + 1 };
        }
        if (_done != before && !_rules.MayChange(from.Slug)) _problems.Add(new($"{at}.slug", "not-here", from.Slug));
    }

    private async Task ImportEvidenceAsync(List<FileEvidence> items, IProgress<double>? progress, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var known = new Dictionary<string, EvidenceItem>(StringComparer.Ordinal);
        foreach (var codes in items.Select(i => i.Id).Where(id => id.Length > 0).Chunk(1000))
            foreach (var item in await db.Evidence.Where(e => codes.Contains(e.Code)).ToListAsync(cancel)) known[item.Code] = item;
        var unnamed = await WithoutIdAsync(items, known, cancel);
        for (var i = 0; i < items.Count; i++)
        {
            if (i % 100 == 0) progress?.Report((double)i / items.Count);
            var (from, at) = (items[i], $"evidence[{i}]");
            var attached = await AttachmentsOf(from, cancel);
            var item = from.Id.Length > 0 ? known.GetValueOrDefault(from.Id) : Take(unnamed, from, attached);
            if (item is not null && item.PlaceId != _ids[from.Place])
            {
                _problems.Add(new($"{at}.id", "id-elsewhere", from.Id));
            }
            else if (item is not null && IsSame(item, from, attached))
            {
                _done = _done with { EvidenceSame = _done.EvidenceSame + 1 };
            }
            else if (!_rules.MayChange(from.Place))
            {
                _problems.Add(new($"{at}.place", "not-here", from.Place));
            }
            else if (item is null)
            {
                var id = Guid.CreateVersion7(now);
                item = new()
                {
                    Id = id,
                    Code = from.Id.Length > 0 ? from.Id : EvidenceBook.NewCode(id),
                    PlaceId = _ids[from.Place],
                    Kind = from.Kind,
                    Statement = from.Statement,
                    Source = from.Source,
                    Date = from.Date,
                    Quality = from.Quality,
                    IsInternal = from.Internal,
                    CreatedAt = now,
                    Links = LinksOf(from),
                    Attachments = attached,
                    RetiredAt = from.Retired is null ? null : now,
                    RetiredReason = from.Retired,
                };
                db.Evidence.Add(item);
                Remember(item, from.Place);
                _done = _done with { EvidenceAdded = _done.EvidenceAdded + 1 };
            }
            else if (from.Version < item.Version)
            {
                _problems.Add(new($"{at}.version", "changed-meanwhile", item.Code));
            }
            else
            {
                (item.Kind, item.Statement, item.Source, item.Date, item.Quality, item.IsInternal) = (from.Kind, from.Statement, from.Source, from.Date, from.Quality, from.Internal);
                item.Links = LinksOf(from);
                if (attached.Count > 0) item.Attachments = attached;
                if (item.RetiredReason != from.Retired) (item.RetiredAt, item.RetiredReason) = (from.Retired is null ? null : now, from.Retired);
                item.Version++;
                Remember(item, from.Place);
                _done = _done with { EvidenceChanged = _done.EvidenceChanged + 1 };
            }
        }
        if (_done.EvidenceAdded + _done.EvidenceChanged > 0)
            foreach (var place in items.Select(i => i.Place).Distinct().Where(_rules.MayChange))
                db.Record(reader, now, "evidence.import", _ids[place], string.Create(CultureInfo.InvariantCulture, $"+{_done.EvidenceAdded} ~{_done.EvidenceChanged}"));

        void Remember(EvidenceItem item, string place) => db.History.Add(new()
        {
            Id = Guid.CreateVersion7(now),
            EvidenceId = item.Id,
            Version = item.Version,
            At = now,
            Actor = reader.Name,
            Change = "import",
            Snapshot = EvidenceBook.SnapshotOf(item, place),
        });
    }

    // Rows without an id are new, or were imported before: the same statement from the same source is the same piece of evidence.
    private async Task<ILookup<string, EvidenceItem>> WithoutIdAsync(List<FileEvidence> items, Dictionary<string, EvidenceItem> known, CancellationToken cancel)
    {
        var about = items.Where(i => i.Id.Length == 0).Select(i => _ids[i.Place]).Distinct().ToList();
        var there = about.Count == 0 ? [] : await db.Evidence.Where(e => about.Contains(e.PlaceId)).ToListAsync(cancel);
        return there.Where(e => !known.ContainsKey(e.Code)).OrderBy(e => e.Code, StringComparer.Ordinal).ToLookup(e => KeyOf(e.PlaceId, e.Source, e.Statement), StringComparer.Ordinal);
    }

    private EvidenceItem? Take(ILookup<string, EvidenceItem> unnamed, FileEvidence from, List<EvidenceAttachment> attached)
    {
        var free = unnamed[KeyOf(_ids[from.Place], from.Source, from.Statement)].Where(e => !_taken.Contains(e.Id)).ToList();
        var item = free.FirstOrDefault(e => IsSame(e, from, attached)) ?? (free.Count > 0 ? free[0] : null);
        if (item is not null) _taken.Add(item.Id);
        return item;
    }

    private static string KeyOf(Guid place, string source, Dictionary<string, string> statement) => $"{place}\n{source}\n{JsonSerializer.Serialize(statement.OrderBy(s => s.Key, StringComparer.Ordinal))}";

    private static bool IsSame(EvidenceItem item, FileEvidence from, List<EvidenceAttachment> attached) =>
        item.Kind == from.Kind && item.Source == from.Source && item.Date == from.Date && item.Quality == from.Quality && item.IsInternal == from.Internal && item.RetiredReason == from.Retired
        && item.Statement.Count == from.Statement.Count && item.Statement.All(s => from.Statement.GetValueOrDefault(s.Key) == s.Value)
        && item.Links.Count == from.Elements.Count && item.Links.All(l => from.Elements.GetValueOrDefault(l.Element) == l.Says)
        && (attached.Count == 0 || attached.Select(a => (a.Name, a.MediaType, a.Sha256)).SequenceEqual(item.Attachments.Select(a => (a.Name, a.MediaType, a.Sha256))));

    private static List<EvidenceLink> LinksOf(FileEvidence from) => [.. from.Elements.Select(e => new EvidenceLink { Element = e.Key, Says = e.Value })];

    private async Task<List<EvidenceAttachment>> AttachmentsOf(FileEvidence from, CancellationToken cancel)
    {
        var list = new List<EvidenceAttachment>();
        foreach (var file in from.Attachments)
            list.Add(new() { Name = file.Name, MediaType = file.MediaType, Size = file.Bytes.Length, Sha256 = await places.KeepFileAsync(file.Bytes, cancel) });
        return list;
    }

    private async Task ImportAssessmentAsync(FileAssessment from, string at, CancellationToken cancel)
    {
        var placeId = _ids[from.Place];
        if (await db.Assessments.AnyAsync(a => a.PlaceId == placeId && a.Title == from.Title, cancel)) return;
        if (!_rules.MayChange(from.Place))
        {
            _problems.Add(new($"{at}.place", "not-here", from.Place));
            return;
        }
        var now = clock.GetUtcNow();
        var assessment = new RatedAssessment { Id = Guid.CreateVersion7(now), PlaceId = placeId, Title = from.Title, PackHash = packs.Current.Hash, IsDemonstration = from.Demonstration, CreatedAt = now };
        db.Assessments.Add(assessment);
        var assessors = from.Rounds.SelectMany(r => r.Ratings).GroupBy(r => r.Assessor).OrderBy(g => g.Key).ToDictionary(g => g.Key, g => new Assessor
        {
            Id = Guid.CreateVersion7(now),
            AssessmentId = assessment.Id,
            Name = string.Create(CultureInfo.InvariantCulture, $"A{g.Key}"),
            Group = g.First().Group,
            LinkHash = Secret.HashOf(Secret.New()),
            InvitedAt = now,
        });
        db.Assessors.AddRange(assessors.Values);
        foreach (var fileRound in from.Rounds)
        {
            var round = new Round { Id = Guid.CreateVersion7(now), AssessmentId = assessment.Id, Number = fileRound.Number, OpenedAt = now, ClosedAt = now };
            db.Rounds.Add(round);
            foreach (var rating in fileRound.Ratings)
            {
                db.Ratings.Add(new()
                {
                    Id = Guid.CreateVersion7(now),
                    RoundId = round.Id,
                    AssessorId = assessors[rating.Assessor].Id,
                    Element = rating.Element,
                    Level = rating.Level,
                    Confidence = rating.Confidence,
                    Reason = rating.Reason,
                    EvidenceCodes = string.Join(' ', rating.Evidence),
                    At = now,
                });
            }
        }
        foreach (var consensus in from.Consensus)
        {
            db.Consensus.Add(new()
            {
                Id = Guid.CreateVersion7(now),
                AssessmentId = assessment.Id,
                Element = consensus.Element,
                Level = consensus.Level,
                Confidence = consensus.Confidence,
                Reason = consensus.Reason,
                At = now,
            });
        }
        db.Record(reader, now, "assessment.import", placeId, from.Title);
        _done = _done with { AssessmentsAdded = _done.AssessmentsAdded + 1 };
    }
}
