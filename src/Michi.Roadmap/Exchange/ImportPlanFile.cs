using System.Globalization;
using System.Text.Json;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Roadmap.Challenges;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Scenarios;
using Michi.Roadmap.Vision;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Exchange;

/// <summary>What an import of a plan file did or would do; or, with <see cref="Faults"/>, why it did nothing.</summary>
public sealed record PlanImported(int Added, int Changed, int Same, IReadOnlyList<Fault> Faults)
{
    /// <summary>The counts in a sentence.</summary>
    public string Counts(Words words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words["plan-file.counts", Added, Changed, Same];
    }
}

/// <summary>Imports a plan file at a place: everything in it, in one transaction, or nothing.</summary>
/// <remarks>Challenges and initiatives are matched by code, scenarios by name. What is there already and equal stays untouched, what differs becomes a new version.</remarks>
internal sealed class ImportPlanFile(RoadmapDb db, PlaceDirectory places, PackStore packs, InitiativeLibrary library, Reader reader, TimeProvider clock)
{
    private int _added, _changed, _same;
    private readonly List<Fault> _faults = [];

    public async Task<PlanImported> RunAsync(Place place, byte[] bytes, bool checkOnly, CancellationToken cancel)
    {
        var (file, fault) = PlanFile.Read(bytes);
        if (fault is not null) return new(0, 0, 0, [fault]);
        // The file may be another city's: brought in here, it is this one's.
        return await RunAsync(place, file! with { Place = place.Slug }, checkOnly, cancel);
    }

    public async Task<PlanImported> RunAsync(Place place, PlanFile file, bool checkOnly, CancellationToken cancel)
    {
        var (challenges, initiatives) = (await db.Challenges.Where(c => c.PlaceId == place.Id).ToDictionaryAsync(c => c.Code, cancel), await db.Initiatives.Where(i => i.PlaceId == place.Id).ToDictionaryAsync(i => i.Code, cancel));
        var vision = await db.Visions.FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel);
        var ground = new PlanFileGround(
            place.Slug, vision?.Facts, challenges.Keys.ToHashSet(), initiatives.Keys.ToHashSet(), LibraryCopy.Population(await places.FactsAsync(place.Id, cancel)),
            (await places.ItemsBelowAsync(place.Id, cancel)).Select(p => p.Slug).ToHashSet());
        var (facts, faults) = PlanFileCheck.Run(file, ground, packs.Current, library, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
        if (faults.Count > 0) return new(0, 0, 0, faults);

        var now = clock.GetUtcNow();
        if (file.Vision is { } given)
        {
            if (vision is null)
            {
                db.Add(new PlaceVision { PlaceId = place.Id, Facts = given.Facts, IsDemonstration = file.Demonstration, ChangedAt = now, ChangedBy = reader.Name });
                _added++;
            }
            else if (IsChanged("vision.version", "vision", vision.Facts, given.Facts, vision.Version, given.Version))
            {
                (vision.Facts, vision.Version, vision.ChangedAt, vision.ChangedBy) = (given.Facts, vision.Version + 1, now, reader.Name);
            }
        }
        for (var i = 0; i < file.Challenges.Count; i++)
        {
            var from = file.Challenges[i];
            if (!challenges.TryGetValue(from.Code, out var there))
            {
                db.Add(new Challenge
                {
                    Id = Guid.CreateVersion7(now),
                    PlaceId = place.Id,
                    Code = from.Code,
                    Facts = from.Facts,
                    IsDemonstration = file.Demonstration,
                    CreatedAt = now,
                    ChangedAt = now,
                    ChangedBy = reader.Name,
                    RetiredAt = from.Retired is null ? null : now,
                    RetiredReason = from.Retired,
                });
                _added++;
            }
            else if (IsChanged($"challenges[{i}].version", from.Code, (there.Facts, there.RetiredReason), (from.Facts, from.Retired), there.Version, from.Version))
            {
                (there.Facts, there.Version, there.ChangedAt, there.ChangedBy) = (from.Facts, there.Version + 1, now, reader.Name);
                if (there.RetiredReason != from.Retired) (there.RetiredAt, there.RetiredReason) = (from.Retired is null ? null : now, from.Retired);
            }
        }
        for (var i = 0; i < file.Initiatives.Count; i++)
        {
            var (from, (code, of)) = (file.Initiatives[i], facts[i]);
            if (!initiatives.TryGetValue(code, out var there))
            {
                there = new()
                {
                    Id = Guid.CreateVersion7(now),
                    PlaceId = place.Id,
                    Code = code,
                    LibraryId = from.Library,
                    LibraryVersion = from.Library is null ? null : from.LibraryVersion ?? library.Version,
                    Facts = of,
                    Gate = from.Gate,
                    IsDemonstration = file.Demonstration,
                    CreatedAt = now,
                    ChangedAt = now,
                    ChangedBy = reader.Name,
                    RetiredAt = from.Retired is null ? null : now,
                    RetiredReason = from.Retired,
                };
                db.Add(there);
                _added++;
            }
            else if (IsChanged($"initiatives[{i}].version", code, (there.Facts, there.Gate, there.RetiredReason), (of, from.Gate, from.Retired), there.Version, from.Version))
            {
                (there.Facts, there.Gate, there.Version, there.ChangedAt, there.ChangedBy) = (of, from.Gate, there.Version + 1, now, reader.Name);
                if (there.RetiredReason != from.Retired) (there.RetiredAt, there.RetiredReason) = (from.Retired is null ? null : now, from.Retired);
            }
            else
            {
                continue;
            }
            db.Add(InitiativeVersion.Of(there, "import", now, reader.Name));
        }
        var scenarios = (await db.Scenarios.Where(s => s.PlaceId == place.Id && s.RetiredAt == null).OrderBy(s => s.CreatedAt).ToListAsync(cancel)).GroupBy(s => s.Name).ToDictionary(g => g.Key, g => g.First());
        for (var i = 0; i < file.Scenarios.Count; i++)
        {
            var from = file.Scenarios[i];
            if (!scenarios.TryGetValue(from.Name, out var there))
            {
                db.Add(new Scenario { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Name = from.Name, Facts = from.Facts, IsDemonstration = file.Demonstration, CreatedAt = now.AddTicks(i), ChangedAt = now, ChangedBy = reader.Name });
                _added++;
            }
            else if (IsChanged($"scenarios[{i}].version", from.Name, there.Facts, from.Facts, there.Version, from.Version))
            {
                (there.Facts, there.Version, there.ChangedAt, there.ChangedBy) = (from.Facts, there.Version + 1, now, reader.Name);
            }
        }
        if (_faults.Count > 0) return new(0, 0, 0, _faults);
        if (checkOnly || _added + _changed == 0) return new(_added, _changed, _same, []);
        db.Record(reader, now, "plan.import", place.Id, string.Create(CultureInfo.InvariantCulture, $"+{_added} ~{_changed}"));
        try
        {
            await db.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException)
        {
            // The data were as read when this import began; only another change at the same moment breaks a version or a code.
            return new(0, 0, 0, [new("", "at-once")]);
        }
        return new(_added, _changed, _same, []);
    }

    private bool IsChanged<T>(string at, string name, T there, T given, int version, int? from)
    {
        if (JsonSerializer.Serialize(there, Comparing) == JsonSerializer.Serialize(given, Comparing))
        {
            _same++;
            return false;
        }
        if (from < version)
        {
            _faults.Add(new(at, "changed-meanwhile", name));
            return false;
        }
        _changed++;
        return true;
    }

    private static readonly JsonSerializerOptions Comparing = new(JsonSerializerOptions.Web) { IncludeFields = true };
}
