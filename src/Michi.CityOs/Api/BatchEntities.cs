using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Api;

internal enum BatchKind
{
    Create,
    Upsert,
    Update,
    Merge,
}

/// <summary>ETSI GS CIM 009, 5.6.7 to 5.6.10 and 5.6.20: many entities in one request, each for itself, all in one commit.</summary>
internal static class BatchEntities
{
    private const int MostEntities = 10_000;

    public static async Task HandleAsync(NgsiLdCall call, BatchKind kind)
    {
        call.Accept("options", "local", "format", "type", "observedAt", "lang", "via");
        var body = await call.ReadBodyAsync();
        var parts = PartsOf(body);
        var options = call.Options;
        List<EntityChange> changes = [];
        var result = new BatchResult();
        // What was done only in part is told as an error beside.
        Dictionary<string, NgsiLdException> kept = [];
        foreach (var part in parts)
        {
            var id = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("id", out var told) && told.ValueKind == JsonValueKind.String ? told.GetString()! : "";
            try
            {
                var context = await call.ContextOfAsync(part);
                changes.Add(ChangeOf(call, kind, options, context, part, kept));
            }
            catch (NgsiLdException refusal) when (parts.Count > 1 || id.Length > 0)
            {
                result.Fail(id, refusal);
            }
        }
        var outcomes = changes.Count == 0 ? [] : await call.Store.WriteAsync(call.Tenant, changes, call.Cancel);
        List<string> success = [], made = [];
        for (var i = 0; i < outcomes.Length; i++)
        {
            if ((outcomes[i].Refusal ?? kept.GetValueOrDefault(changes[i].Id)) is { } refusal) result.Fail(changes[i].Id, refusal);
            else
            {
                success.Add(changes[i].Id);
                if (outcomes[i].Before is null) made.Add(changes[i].Id);
            }
        }
        result.Success = success;
        result.Made = kind == BatchKind.Create ? success : kind == BatchKind.Upsert ? made : [];
        await result.AnswerAsync(call);
    }

    public static async Task DeleteAsync(NgsiLdCall call)
    {
        call.Accept("local", "via");
        var body = await call.ReadBodyAsync();
        List<EntityChange> changes = [];
        var result = new BatchResult();
        foreach (var part in PartsOf(body))
        {
            if (part.ValueKind != JsonValueKind.String) throw NgsiLdException.BadRequestData("Expected an array of ids.");
            var id = part.GetString()!;
            if (!EntityReader.IsUri(id)) result.Fail(id, NgsiLdException.BadRequestData($"{id} is not a URI."));
            else changes.Add(new(id, (current, _) => current is null ? throw NgsiLdException.ResourceNotFound(id) : null));
        }
        var outcomes = changes.Count == 0 ? [] : await call.Store.WriteAsync(call.Tenant, changes, call.Cancel);
        List<string> success = [];
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i].Refusal is { } refusal) result.Fail(changes[i].Id, refusal);
            else success.Add(changes[i].Id);
        }
        result.Success = success;
        await result.AnswerAsync(call);
    }

    private static List<JsonElement> PartsOf(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Array) throw NgsiLdException.BadRequestData("Expected an array.");
        if (body.GetArrayLength() == 0) throw NgsiLdException.BadRequestData("The array is empty.");
        if (body.GetArrayLength() > MostEntities) throw NgsiLdException.BadRequestData($"The array has {body.GetArrayLength()} parts; at most {MostEntities} are taken at once.");
        if (body.EnumerateArray().Any(p => p.ValueKind == JsonValueKind.Null)) throw NgsiLdException.BadRequestData("The array holds a null.");
        return [.. body.EnumerateArray()];
    }

    private static EntityChange ChangeOf(NgsiLdCall call, BatchKind kind, IReadOnlyList<string> options, JsonLd.JsonLdContext context, JsonElement part, Dictionary<string, NgsiLdException> kept)
    {
        if (kind == BatchKind.Merge)
        {
            var fragment = MergeEntity.Read(call, context, part);
            if (fragment.Id.Length == 0) throw NgsiLdException.BadRequestData("The entity needs an id.");
            return new(fragment.Id, (current, now) => current is null ? throw NgsiLdException.ResourceNotFound(fragment.Id) : EntityEdits.Merge(current, fragment, now));
        }
        var need = kind == BatchKind.Create || (kind == BatchKind.Upsert && !options.Contains("update")) ? InputNeed.Whole : InputNeed.Attributes;
        var read = new EntityReader(context, call.InputForm(), need).Read(part);
        if (read.Id.Length == 0) throw NgsiLdException.BadRequestData("The entity needs an id.");
        return kind switch
        {
            BatchKind.Create => new(read.Id, (current, now) => current is null ? EntityEdits.Create(read, now) : throw NgsiLdException.AlreadyExists(read.Id)),
            BatchKind.Update => new(read.Id, (current, now) =>
            {
                if (current is null) throw NgsiLdException.ResourceNotFound(read.Id);
                var (entity, result) = EntityEdits.Append(current, read, !options.Contains("noOverwrite"), now);
                if (result.NotUpdated is [var first, ..]) kept[read.Id] = NgsiLdException.BadRequestData($"Not all attributes were taken: {first.Name}: {first.Reason}");
                return entity;
            }),
            _ when options.Contains("update") => new(read.Id, (current, now) =>
                current is not null ? EntityEdits.Append(current, read, overwrites: true, now).Entity
                : read.Types.Count > 0 ? EntityEdits.Create(read, now) : throw NgsiLdException.BadRequestData("The entity needs a type.")),
            _ => new(read.Id, (current, now) => current is null ? EntityEdits.Create(read, now) : EntityEdits.Replace(current, read, now)),
        };
    }
}
