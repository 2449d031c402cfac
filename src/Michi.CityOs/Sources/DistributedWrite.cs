using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Temporal;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Sources;

/// <summary>Writes entities and their history here and at context sources together, ETSI GS CIM 009, clauses 4.3.6.2, 4.3.6.3 and 5.6: what sources hold alone goes only there, what they hold too goes to both.</summary>
/// <remarks>It stands before the operations of this broker: they run on the part of the request that is theirs, and all answers become one.</remarks>
internal sealed class DistributedWrite
{
    private readonly NgsiLdCall _call;
    private readonly SourceOperation _operation;
    private readonly string _root;
    private readonly string[] _path;
    private readonly List<Item> _items = [];
    private readonly Dictionary<ContextSourceRegistration, List<(Item Item, IReadOnlySet<string>? Names)>> _shares = [];
    private readonly Dictionary<ContextSourceRegistration, SourceRequest> _purges = [];

    private DistributedWrite(NgsiLdCall call, SourceOperation operation, string[] path)
    {
        (_call, _operation) = (call, operation);
        (_root, _path) = path[0] == "temporal" ? ("temporal/", path[1..]) : ("", path);
    }

    /// <summary>One entity of the request.</summary>
    private sealed class Item(string id, IReadOnlyCollection<string>? types, JsonElement body, JsonLdContext context, HashSet<string>? names)
    {
        public string Id => id;

        /// <summary>Null where not known.</summary>
        public IReadOnlyCollection<string>? Types => types;

        public JsonElement Body => body;

        public JsonLdContext Context => context;

        /// <summary>Expanded names of the attributes written; null where the operation is on the entity as a whole.</summary>
        public HashSet<string>? Names => names;

        /// <summary>Those that are written here.</summary>
        public HashSet<string> Left { get; set; } = names is null ? [] : [.. names];

        /// <summary>Whether there is nothing to do here.</summary>
        public bool IsElsewhere { get; set; }
    }

    /// <summary>What one of those who took part did.</summary>
    /// <param name="Source">Null for this broker.</param>
    /// <param name="Error">Null where it did what it was to do, or part of it.</param>
    private sealed record Outcome(ContextSourceRegistration? Source, NgsiLdException? Error, int Status, JsonElement? Body, IReadOnlyList<(Item Item, IReadOnlySet<string>? Names)> Share);

    /// <summary>Runs an operation; where sources take part, on its share alone.</summary>
    /// <param name="path">Parts of the path.</param>
    /// <param name="parts">Those that stand for "*" in its pattern.</param>
    public static async Task RunAsync(NgsiLdCall call, string method, string[] path, string[] parts, NgsiLdApi.Operation operation)
    {
        var kind = OperationOf(method, path);
        if (kind == SourceOperation.None || (await call.Services.Sources.OfAsync(call.Tenant, call.Cancel)).IsEmpty || call.IsLocal)
        {
            await operation(call, parts);
            return;
        }
        using var buffer = new MemoryStream();
        await call.Request.Body.CopyToAsync(buffer, call.Cancel);
        var bytes = buffer.ToArray();
        call.Request.Body = new MemoryStream(bytes);
        var write = new DistributedWrite(call, kind, path);
        try
        {
            await write.ReadAsync();
        }
        catch (NgsiLdException fault) when (fault.Status != StatusCodes.Status508LoopDetected)
        {
            // Whatever is wrong with the request, the operation itself tells it best.
            write._shares.Clear();
            write._purges.Clear();
        }
        if (write._shares.Count == 0 && write._purges.Count == 0)
        {
            call.Request.Body = new MemoryStream(bytes);
            await operation(call, parts);
            return;
        }
        await write.RunAsync(operation, parts, bytes);
    }

    private static SourceOperation OperationOf(string method, string[] path) => (method, path) switch
    {
        ("POST", ["entities"]) => SourceOperation.CreateEntity,
        ("DELETE", ["entities"]) => SourceOperation.PurgeEntity,
        ("DELETE", ["entities", _]) => SourceOperation.DeleteEntity,
        ("PUT", ["entities", _]) => SourceOperation.ReplaceEntity,
        ("PATCH", ["entities", _]) => SourceOperation.MergeEntity,
        ("POST", ["entities", _, "attrs"]) => SourceOperation.AppendAttrs,
        ("PATCH", ["entities", _, "attrs"]) => SourceOperation.UpdateEntity,
        ("PATCH", ["entities", _, "attrs", _]) => SourceOperation.UpdateAttrs,
        ("PUT", ["entities", _, "attrs", _]) => SourceOperation.ReplaceAttrs,
        ("DELETE", ["entities", _, "attrs", _]) => SourceOperation.DeleteAttrs,
        ("POST", ["entityOperations", "create"]) => SourceOperation.CreateBatch,
        ("POST", ["entityOperations", "upsert"]) => SourceOperation.UpsertBatch,
        ("POST", ["entityOperations", "update"]) => SourceOperation.UpdateBatch,
        ("POST", ["entityOperations", "merge"]) => SourceOperation.MergeBatch,
        ("POST", ["entityOperations", "delete"]) => SourceOperation.DeleteBatch,
        ("POST", ["temporal", "entities"]) => SourceOperation.UpsertTemporal,
        ("DELETE", ["temporal", "entities", _]) => SourceOperation.DeleteTemporal,
        ("POST", ["temporal", "entities", _, "attrs"]) => SourceOperation.AppendAttrsTemporal,
        ("DELETE", ["temporal", "entities", _, "attrs", _]) => SourceOperation.DeleteAttrsTemporal,
        ("PATCH", ["temporal", "entities", _, "attrs", _, _]) => SourceOperation.UpdateAttrInstanceTemporal,
        ("DELETE", ["temporal", "entities", _, "attrs", _, _]) => SourceOperation.DeleteAttrInstanceTemporal,
        _ => SourceOperation.None,
    };

    private bool IsBatch => _path[0] == "entityOperations";

    private bool IsTemporal => _root.Length > 0;

    private bool IsOnAttribute => _path.Length >= 4;

    private bool IsOnInstance => _path.Length == 5;

    /// <summary>Reads the request and finds who has a share in it.</summary>
    private async Task ReadAsync()
    {
        switch (_operation)
        {
            case SourceOperation.PurgeEntity:
                await _call.ReadContextAsync();
                foreach (var (source, request) in await DistributedRead.PurgesAsync(_call, EntityQueryReader.Read(_call))) _purges[source] = request;
                return;
            case SourceOperation.DeleteEntity or SourceOperation.DeleteTemporal:
                NgsiLdCall.CheckId(_path[1]);
                await _call.ReadContextAsync();
                await AddAsync(_path[1], null, default, _call.Context, null);
                return;
            case SourceOperation.DeleteAttrs or SourceOperation.DeleteAttrsTemporal or SourceOperation.DeleteAttrInstanceTemporal:
                NgsiLdCall.CheckId(_path[1]);
                if (IsOnInstance) NgsiLdCall.CheckId(_path[4]);
                await _call.ReadContextAsync();
                await AddAsync(_path[1], null, default, _call.Context, [new EntityReader(_call.Context, InputForm.Normalized, InputNeed.Parts).NameOf(_path[3])]);
                return;
        }
        var body = await _call.ReadBodyAsync();
        if (IsBatch)
        {
            if (body.ValueKind != JsonValueKind.Array) throw NgsiLdException.BadRequestData("Expected an array.");
            foreach (var part in body.EnumerateArray())
            {
                if (_operation == SourceOperation.DeleteBatch)
                {
                    if (part.ValueKind == JsonValueKind.String && EntityReader.IsUri(part.GetString()!)) await AddAsync(part.GetString()!, null, part, _call.Context, null);
                    continue;
                }
                try
                {
                    var context = await _call.ContextOfAsync(part);
                    var read = new EntityReader(context, _call.InputForm(), _operation == SourceOperation.CreateBatch ? InputNeed.Whole : _operation == SourceOperation.MergeBatch ? InputNeed.Parts : InputNeed.Attributes).Read(part);
                    if (read.Id.Length > 0) await AddAsync(read.Id, read.Types, part, context, NamesOf(part, context));
                }
                catch (NgsiLdException fault) when (fault.Status != StatusCodes.Status508LoopDetected)
                {
                    // This one is refused here; the others go their way.
                }
            }
            return;
        }
        if (IsOnAttribute)
        {
            NgsiLdCall.CheckId(_path[1]);
            if (IsOnInstance) NgsiLdCall.CheckId(_path[4]);
            var need = _operation == SourceOperation.ReplaceAttrs ? InputNeed.Attributes : InputNeed.Parts;
            await AddAsync(_path[1], null, body, _call.Context, [UpdateAttribute.ReadOne(_call, _path[3], body, need).Name]);
            return;
        }
        if (IsTemporal)
        {
            if (_path.Length > 1) NgsiLdCall.CheckId(_path[1]);
            var (reader, now) = (new EvolutionReader(_call.Context), _call.Services.Clock.GetUtcNow());
            var entry = _path.Length > 1 ? reader.ReadFragment(body, _call.Tenant, _path[1], now) : reader.Read(body, _call.Tenant, now);
            await AddAsync(entry.Id, entry.Types, body, _call.Context, NamesOf(body, _call.Context));
            return;
        }
        var isNew = _operation == SourceOperation.CreateEntity;
        var entity = new EntityReader(_call.Context, isNew || _operation is SourceOperation.MergeEntity or SourceOperation.ReplaceEntity ? _call.InputForm() : InputForm.Normalized, isNew ? InputNeed.Whole : _operation == SourceOperation.MergeEntity ? InputNeed.Parts : InputNeed.Attributes).Read(body);
        if (!isNew) NgsiLdCall.CheckId(_path[1]);
        await AddAsync(isNew ? entity.Id : _path[1], entity.Types, body, _call.Context, NamesOf(body, _call.Context));
    }

    private static HashSet<string> NamesOf(JsonElement body, JsonLdContext context) =>
        [.. body.EnumerateObject().Where(m => m.Name != "@context" && !SourceBody.IsOfEntity(m.Name)).Select(m => context.Expand(m.Name))];

    private async Task AddAsync(string id, IEnumerable<string>? types, JsonElement body, JsonLdContext context, HashSet<string>? names)
    {
        var local = IsTemporal ? (await _call.History.ReadAsync(r => r.Find(_call.Tenant, id), _call.Cancel))?.Types : (await _call.Store.FindAsync(_call.Tenant, id, _call.Cancel))?.Types;
        List<string> known = [.. local ?? [], .. types ?? []];
        var item = new Item(id, known.Count > 0 ? known : null, body, context, names);
        _items.Add(item);
        var sources = await SourceSelection.OfAsync(_call, s => s.For(id, item.Types).Where(r => r.Mode != SourceMode.Auxiliary && r.Covers(id, item.Types, out var has) && (has is null || names is null || has.Overlaps(names))), IsTemporal);
        foreach (var source in sources.Where(s => s.Mode == SourceMode.Exclusive))
        {
            source.Covers(id, item.Types, out var has);
            Share(source, item, names is null ? null : item.Left.Intersect(has!).ToHashSet());
        }
        foreach (var source in sources.Where(s => s.Mode == SourceMode.Exclusive)) TakeAway(source, item);
        foreach (var source in sources.Where(s => s.Mode == SourceMode.Redirect))
        {
            source.Covers(id, item.Types, out var has);
            Share(source, item, names is null ? null : has is null ? item.Left.ToHashSet() : item.Left.Intersect(has).ToHashSet());
        }
        foreach (var source in sources.Where(s => s.Mode == SourceMode.Redirect)) TakeAway(source, item);
        // To replace an entity is to take away what is here of it, even where all that is new goes elsewhere.
        if (names is { Count: > 0 } && item.Left.Count == 0 && (_operation != SourceOperation.ReplaceEntity || local is null)) item.IsElsewhere = true;
        if (item.IsElsewhere) return;
        foreach (var source in sources.Where(s => s.Mode == SourceMode.Inclusive && IsSupported(s)))
        {
            source.Covers(id, item.Types, out var has);
            Share(source, item, names is null ? null : has is null ? item.Left.ToHashSet() : item.Left.Intersect(has).ToHashSet());
        }

        void TakeAway(ContextSourceRegistration source, Item item)
        {
            source.Covers(id, item.Types, out var has);
            if (has is null) item.IsElsewhere = true;
            else item.Left.ExceptWith(has);
        }
    }

    private void Share(ContextSourceRegistration source, Item item, IReadOnlySet<string>? names)
    {
        if (names is { Count: 0 } && item.Names is { Count: > 0 }) return;
        if (!_shares.TryGetValue(source, out var share)) _shares[source] = share = [];
        share.Add((item, names));
    }

    private bool IsSupported(ContextSourceRegistration source) => source.Supports(_operation) || source.Supports(SingleOperation);

    /// <summary>The operation on one entity that does what a batch does, for sources that take no batches.</summary>
    private SourceOperation SingleOperation => _operation switch
    {
        SourceOperation.CreateBatch => SourceOperation.CreateEntity,
        SourceOperation.MergeBatch => SourceOperation.MergeEntity,
        SourceOperation.UpdateBatch => SourceOperation.AppendAttrs,
        SourceOperation.DeleteBatch => SourceOperation.DeleteEntity,
        SourceOperation.UpsertBatch => _call.Options.Contains("update") ? SourceOperation.UpdateEntity : SourceOperation.ReplaceEntity,
        _ => SourceOperation.None,
    };

    private async Task RunAsync(NgsiLdApi.Operation operation, string[] parts, byte[] bytes)
    {
        List<Task<IReadOnlyList<Outcome>>> waiting = [];
        // This broker comes first: what it finds wrong with the request itself goes nowhere else.
        List<Outcome> outcomes = [];
        if (LocalBody(bytes) is { } body)
        {
            var local = await LocalRun.OfAsync(_call, operation, parts, body);
            if (local.Refusal is { Status: not (StatusCodes.Status404NotFound or StatusCodes.Status409Conflict) } fault && !IsBatch) throw fault;
            outcomes.Add(new(null, local.Refusal, local.Status, local.Body, [.. _items.Where(i => !i.IsElsewhere).Select(i => (i, (IReadOnlySet<string>?)(i.Names is null ? null : i.Left)))]));
        }
        foreach (var (source, share) in _shares) waiting.Add(ForwardAsync(source, share));
        foreach (var (source, request) in _purges) waiting.Add(SendAsync(source, request, []));
        foreach (var several in await Task.WhenAll(waiting)) outcomes.AddRange(several);
        if (IsBatch) await AnswerBatchAsync(outcomes);
        else await AnswerOneAsync(outcomes);
    }

    /// <summary>The body of what is to be done here; null where that is nothing.</summary>
    private byte[]? LocalBody(byte[] bytes)
    {
        if (_operation is SourceOperation.PurgeEntity) return bytes;
        if (!IsBatch && _items[0].IsElsewhere) return null;
        if (_items.TrueForAll(i => !i.IsElsewhere && (i.Names is null || i.Left.Count == i.Names.Count))) return bytes;
        var isLd = NgsiLdCall.MediaType(_call.Request.ContentType) == NgsiLdCall.LdJson;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer))
        {
            if (!IsBatch)
            {
                SourceBody.WriteEntity(json, _items[0].Body, _items[0].Context, _items[0].Context, _items[0].Left, IsSimplified, isLd);
                json.Flush();
                return buffer.ToArray();
            }
            using var whole = JsonDocument.Parse(bytes);
            var known = _items.ToLookup(i => i.Body.GetRawText(), StringComparer.Ordinal);
            var any = false;
            json.WriteStartArray();
            foreach (var part in whole.RootElement.EnumerateArray())
            {
                var item = known[part.GetRawText()].FirstOrDefault();
                if (item is { IsElsewhere: true }) continue;
                any = true;
                if (item?.Names is null) part.WriteTo(json);
                else SourceBody.WriteEntity(json, part, item.Context, item.Context, item.Left, IsSimplified, isLd);
            }
            json.WriteEndArray();
            json.Flush();
            return any ? buffer.ToArray() : null;
        }
    }

    private bool IsSimplified => !IsTemporal && _call.InputForm() == InputForm.Simplified;

    private async Task<IReadOnlyList<Outcome>> ForwardAsync(ContextSourceRegistration source, List<(Item Item, IReadOnlySet<string>? Names)> share)
    {
        if (!IsSupported(source)) return [new(source, CreateRegistration.Conflict($"{source.Id} is registered for what is written, but not for this operation."), StatusCodes.Status409Conflict, null, share)];
        var registered = source.InfoOf("jsonldContext") is null ? null : await _call.Services.Sources.Client.ContextForAsync(_call, source);
        if (!IsBatch) return await SendAsync(source, RequestFor(source, _operation, share[0].Item, share[0].Names, registered ?? share[0].Item.Context), share);
        if (source.Supports(_operation))
        {
            // Entities that bring contexts of their own go with expanded names.
            var isMixed = registered is null && share.Exists(s => !SourceBody.IsSame(s.Item.Context, share[0].Item.Context));
            var context = registered ?? share[0].Item.Context;
            var request = new SourceRequest(HttpMethod.Post, $"entityOperations/{_path[1]}{Query(source, context)}", isMixed ? JsonLdContext.Core : context, (json, isLd) =>
            {
                json.WriteStartArray();
                foreach (var (item, names) in share)
                {
                    if (_operation == SourceOperation.DeleteBatch) json.WriteStringValue(item.Id);
                    else SourceBody.WriteEntity(json, item.Body, item.Context, isMixed ? JsonLdContext.Core : context, names, IsSimplified, isLd);
                }
                json.WriteEndArray();
            });
            return await SendAsync(source, request, share);
        }
        List<Outcome> outcomes = [];
        foreach (var (item, names) in share) outcomes.AddRange(await SendAsync(source, RequestFor(source, SingleOperation, item, names, registered ?? item.Context), [(item, names)]));
        return outcomes;
    }

    private SourceRequest RequestFor(ContextSourceRegistration source, SourceOperation operation, Item item, IReadOnlySet<string>? names, JsonLdContext context)
    {
        var (entity, query) = ($"{_root}entities/{Uri.EscapeDataString(item.Id)}", Query(source, context, IsBatch));
        var attribute = IsOnAttribute ? $"{entity}/attrs/{Uri.EscapeDataString(context.Compact(item.Names!.First()))}{(IsOnInstance ? $"/{Uri.EscapeDataString(_path[4])}" : "")}{query}" : "";
        return operation switch
        {
            SourceOperation.CreateEntity or SourceOperation.UpsertTemporal => new(HttpMethod.Post, $"{_root}entities{query}", context, WriteEntity),
            SourceOperation.ReplaceEntity => new(HttpMethod.Put, entity + query, context, WriteEntity),
            SourceOperation.MergeEntity => new(HttpMethod.Patch, entity + query, context, WriteEntity),
            SourceOperation.AppendAttrs or SourceOperation.AppendAttrsTemporal => new(HttpMethod.Post, $"{entity}/attrs{query}", context, WriteEntity),
            SourceOperation.UpdateEntity => new(HttpMethod.Patch, $"{entity}/attrs{query}", context, WriteEntity),
            SourceOperation.UpdateAttrs or SourceOperation.UpdateAttrInstanceTemporal => new(HttpMethod.Patch, attribute, context, WriteInstance),
            SourceOperation.ReplaceAttrs => new(HttpMethod.Put, attribute, context, WriteInstance),
            SourceOperation.DeleteAttrs or SourceOperation.DeleteAttrsTemporal or SourceOperation.DeleteAttrInstanceTemporal => new(HttpMethod.Delete, attribute, context),
            _ => new(HttpMethod.Delete, entity + query, context),
        };

        void WriteEntity(Utf8JsonWriter json, bool isLd) => SourceBody.WriteEntity(json, item.Body, item.Context, context, names, IsSimplified, isLd);

        void WriteInstance(Utf8JsonWriter json, bool isLd) => SourceBody.WriteInstance(json, item.Body, item.Context, context, isLd);
    }

    /// <summary>The parameters of the request that a source needs too.</summary>
    private string Query(ContextSourceRegistration source, JsonLdContext context, bool isSingle = false)
    {
        List<string> parameters = [];
        foreach (var name in (string[])["options", "format", "observedAt", "lang", "datasetId", "deleteAll", "type"])
        {
            // How a batch goes about entities that are there says nothing to a request on one of them.
            if (_call.Parameter(name) is not { } value || (name == "options" && isSingle && value is "update" or "replace") || (name == "type" && !SourceBody.IsSame(context, _call.Context))) continue;
            parameters.Add($"{name}={Uri.EscapeDataString(value)}");
        }
        if (source.IsLocalOnly) parameters.Add("local=true");
        return parameters.Count == 0 ? "" : "?" + string.Join('&', parameters);
    }

    private async Task<IReadOnlyList<Outcome>> SendAsync(ContextSourceRegistration source, SourceRequest request, IReadOnlyList<(Item Item, IReadOnlySet<string>? Names)> share)
    {
        if (_operation == SourceOperation.PurgeEntity && !source.Supports(_operation))
            return source.IsProxy ? [new(source, CreateRegistration.Conflict($"{source.Id} is registered for what is purged, but not for this operation."), StatusCodes.Status409Conflict, null, share)] : [];
        var answer = await _call.Services.Sources.Client.SendAsync(_call, source, request);
        JsonElement? body = null;
        try
        {
            if (!answer.Body.IsEmpty) body = PlainJson.Parse(answer.Body.Span);
        }
        catch (JsonException)
        {
            // What a source says beside its status is only an explanation.
        }
        return [new(source, answer.Fault == SourceFault.None ? null : ErrorOf(source, answer, body), answer.Status, body, share)];
    }

    private static NgsiLdException ErrorOf(ContextSourceRegistration source, SourceAnswer answer, JsonElement? body)
    {
        if (answer.Fault != SourceFault.Refused || answer.Status == StatusCodes.Status508LoopDetected || answer.Status >= 500) return DistributedRead.FailureOf(source, answer);
        var told = body is { ValueKind: JsonValueKind.Object } problem ? Text(problem, "detail") ?? Text(problem, "title") : null;
        var type = answer.Status switch { 404 => "ResourceNotFound", 409 => "AlreadyExists", 422 => "OperationNotSupported", _ => "BadRequestData" };
        return new(type, answer.Status is >= 400 and < 500 ? answer.Status : StatusCodes.Status502BadGateway, "A context source refused its part of the request.", $"{source.Id} answered {answer.Status}{(told is null ? "." : $": {told}")}");

        static string? Text(JsonElement problem, string member) => problem.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private Task AnswerOneAsync(List<Outcome> outcomes)
    {
        var id = _operation == SourceOperation.PurgeEntity ? null : _items[0].Id;
        // The id of an instance is of one broker's making: that others do not have it is no fault.
        if (IsOnInstance && outcomes.Exists(o => o.Error is null)) outcomes.RemoveAll(o => o.Error?.Status == StatusCodes.Status404NotFound);
        var errors = outcomes.Where(o => o.Error is not null).ToList();
        if (errors.Count == 0 && outcomes.TrueForAll(o => o.Status != StatusCodes.Status207MultiStatus))
            return _operation == SourceOperation.CreateEntity || (_operation == SourceOperation.UpsertTemporal && outcomes.TrueForAll(o => o.Status == StatusCodes.Status201Created)) ? _call.CreatedAsync($"{_root}entities/{id}") : _call.DoneAsync();
        // Where nobody has it, it is not there.
        if (errors.Count == outcomes.Count && (errors.Count == 1 || errors.TrueForAll(e => e.Error!.Status == StatusCodes.Status404NotFound))) throw errors[0].Error!;
        if (errors.Count == outcomes.Count && errors.TrueForAll(e => e.Error!.Type.EndsWith("/Conflict", StringComparison.Ordinal))) throw errors[0].Error!;
        if (IsTemporal || _operation is SourceOperation.CreateEntity or SourceOperation.DeleteEntity or SourceOperation.ReplaceEntity or SourceOperation.PurgeEntity)
        {
            var result = new BatchResult { Success = id is not null && errors.Count < outcomes.Count ? [id] : [] };
            foreach (var error in errors) result.Fail(id, error.Error!, error.Source?.Id);
            foreach (var one in outcomes.SelectMany(o => ErrorsOf(o) ?? [])) result.Fail(one);
            return result.AnswerInPartAsync(_call);
        }

        // Clause 5.2.18: which attributes were written by all who have a share in them, and which were not.
        List<NotUpdated> refused = [];
        HashSet<string> updated = [];
        foreach (var outcome in outcomes)
        {
            var names = outcome.Share.SelectMany(s => s.Names ?? new HashSet<string>()).ToHashSet();
            if (outcome.Error is not null) refused.AddRange(names.Select(n => new NotUpdated(n, outcome.Error.Detail ?? outcome.Error.Title, outcome.Source?.Id)));
            else if (outcome.Status == StatusCodes.Status207MultiStatus && outcome.Body is { ValueKind: JsonValueKind.Object } told && told.TryGetProperty("notUpdated", out var not) && not.ValueKind == JsonValueKind.Array)
            {
                foreach (var one in not.EnumerateArray())
                {
                    if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("attributeName", out var name) || name.ValueKind != JsonValueKind.String) continue;
                    var iri = _items[0].Context.Expand(name.GetString()!);
                    names.Remove(iri);
                    refused.Add(new(iri, one.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String ? reason.GetString()! : "Not updated.", outcome.Source?.Id));
                }
                updated.UnionWith(names);
            }
            else if (outcome.Status == StatusCodes.Status207MultiStatus) refused.AddRange(names.Select(n => new NotUpdated(n, "Updated only in part.", outcome.Source?.Id)));
            else updated.UnionWith(names);
        }
        return _call.UpdatedInPartAsync(new([.. updated], refused));
    }

    /// <summary>What failed of a part that was done, in the words of who did it (clause 5.2.17); null where it does not say.</summary>
    private static IReadOnlyList<JsonElement>? ErrorsOf(Outcome outcome) =>
        outcome.Status == StatusCodes.Status207MultiStatus && outcome.Body is { ValueKind: JsonValueKind.Object } told && told.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            ? [.. errors.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object && e.TryGetProperty("entityId", out var id) && id.ValueKind == JsonValueKind.String)]
            : null;

    private Task AnswerBatchAsync(List<Outcome> outcomes)
    {
        // In the order of the request; ids that are no entities' are among those this broker refused.
        List<string> ids = [.. _items.Select(i => i.Id).Distinct()];
        var result = new BatchResult();
        HashSet<string> failed = [], made = [];
        foreach (var outcome in outcomes)
        {
            if (outcome.Error is { } error)
            {
                foreach (var (item, _) in outcome.Share)
                {
                    failed.Add(item.Id);
                    result.Fail(item.Id, error, outcome.Source?.Id);
                }
            }
            else if (ErrorsOf(outcome) is { } some)
            {
                foreach (var one in some)
                {
                    failed.Add(one.GetProperty("entityId").GetString()!);
                    result.Fail(one);
                }
            }
            else if (outcome.Status == StatusCodes.Status207MultiStatus)
            {
                foreach (var (item, _) in outcome.Share)
                {
                    failed.Add(item.Id);
                    result.Fail(item.Id, NgsiLdException.BadRequestData("The context source did this only in part."), outcome.Source?.Id);
                }
            }
            else if (outcome.Status == StatusCodes.Status201Created && outcome.Body is { ValueKind: JsonValueKind.Array } list)
                made.UnionWith(list.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!));
        }
        List<string> success = [.. ids.Where(i => !failed.Contains(i))];
        result.Success = success;
        result.Made = _operation == SourceOperation.CreateBatch ? success : _operation == SourceOperation.UpsertBatch ? [.. success.Where(made.Contains)] : [];
        return result.AnswerAsync(_call);
    }
}
