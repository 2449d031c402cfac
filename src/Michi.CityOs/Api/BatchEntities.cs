using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;
using Microsoft.AspNetCore.Http;

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
        List<(string Id, NgsiLdException Refusal)> errors = [];
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
                errors.Add((id, refusal));
            }
        }
        var outcomes = changes.Count == 0 ? [] : await call.Store.WriteAsync(call.Tenant, changes, call.Cancel);
        List<string> success = [], made = [];
        for (var i = 0; i < outcomes.Length; i++)
        {
            if ((outcomes[i].Refusal ?? kept.GetValueOrDefault(changes[i].Id)) is { } refusal) errors.Add((changes[i].Id, refusal));
            else
            {
                success.Add(changes[i].Id);
                if (outcomes[i].Before is null) made.Add(changes[i].Id);
            }
        }
        await AnswerAsync(call, success, errors, kind == BatchKind.Create ? success : kind == BatchKind.Upsert ? made : null);
    }

    public static async Task DeleteAsync(NgsiLdCall call)
    {
        call.Accept("local", "via");
        var body = await call.ReadBodyAsync();
        List<EntityChange> changes = [];
        List<(string Id, NgsiLdException Refusal)> errors = [];
        foreach (var part in PartsOf(body))
        {
            if (part.ValueKind != JsonValueKind.String) throw NgsiLdException.BadRequestData("Expected an array of ids.");
            var id = part.GetString()!;
            if (!EntityReader.IsUri(id)) errors.Add((id, NgsiLdException.BadRequestData($"{id} is not a URI.")));
            else changes.Add(new(id, (current, _) => current is null ? throw NgsiLdException.ResourceNotFound(id) : null));
        }
        var outcomes = changes.Count == 0 ? [] : await call.Store.WriteAsync(call.Tenant, changes, call.Cancel);
        List<string> success = [];
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i].Refusal is { } refusal) errors.Add((changes[i].Id, refusal));
            else success.Add(changes[i].Id);
        }
        await AnswerAsync(call, success, errors, null);
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

    /// <summary>204 where all went well, 201 with the ids of what was made, 207 with both lists where something did not.</summary>
    private static Task AnswerAsync(NgsiLdCall call, List<string> success, List<(string Id, NgsiLdException Refusal)> errors, List<string>? made)
    {
        if (errors.Count == 0 && made is not { Count: > 0 }) return call.DoneAsync();
        if (errors.Count == 0) return call.WriteAsync(NgsiLdCall.Json, json => JsonSerializer.Serialize(json, made), StatusCodes.Status201Created, hasContext: false);
        return call.WriteAsync(
            NgsiLdCall.Json,
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("success"u8);
                foreach (var id in success) json.WriteStringValue(id);
                json.WriteEndArray();
                json.WriteStartArray("errors"u8);
                foreach (var (id, refusal) in errors)
                {
                    json.WriteStartObject();
                    json.WriteString("entityId"u8, id);
                    json.WriteStartObject("error"u8);
                    json.WriteString("type"u8, refusal.Type);
                    json.WriteString("title"u8, refusal.Title);
                    if (refusal.Detail is { } detail) json.WriteString("detail"u8, detail);
                    json.WriteNumber("status"u8, refusal.Status);
                    json.WriteEndObject();
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            },
            StatusCodes.Status207MultiStatus,
            hasContext: false);
    }
}
